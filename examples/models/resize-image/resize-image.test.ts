import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { testFolder } from '@inference/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'resize-image.mjs');
const RED = { r: 255, g: 0, b: 0 };
const BLUE = { r: 0, g: 0, b: 255 };

type Run = { exitCode: number; stdout: string; stderr: string; output: string };

async function run(input: string): Promise<Run> {
  const output = await testFolder();
  const env = { INPUT_DIR: input, OUTPUT_DIR: output };
  return await new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? (error === null ? 0 : -1)), stdout, stderr, output }),
    );
  });
}

async function inputOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const input = await testFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(input, name)), { recursive: true });
    await writeFile(join(input, name), content);
  }
  return input;
}

/** An image that is red on its left half and blue on its right. */
function redAndBlue(width: number, height: number) {
  const left = { input: { create: { width: Math.floor(width / 2), height, channels: 3 as const, background: RED } }, left: 0, top: 0 };
  return sharp({ create: { width, height, channels: 3, background: BLUE } }).composite([left]);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function colourAt(path: string, place: { left: number; top: number }): Promise<string> {
  const { data } = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .extract({ ...place, width: 1, height: 1 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [red = 0, green = 0, blue = 0] = data;
  if (red > 200 && green < 60 && blue < 60) return 'red';
  if (blue > 200 && green < 60 && red < 60) return 'blue';
  return `${red} ${green} ${blue}`;
}

/** The head of a PNG that claims to have so many pixels, and hardly any data. */
function pngHead(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(10))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

describe('the resize-image model', () => {
  it('makes three versions of each image of its sample, and says the true size of each', async () => {
    const { exitCode, stderr, stdout, output } = await run(join(import.meta.dirname, 'sample'));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [heading, ...rows] = (await readFile(join(output, 'sizes.csv'), 'utf8')).split('\r\n');
    expect(heading).toBe('file,width,height,bytes');
    expect(rows.map((row) => row.split(',').slice(0, 3).join(' '))).toEqual([
      'banner-64.webp 64 16',
      'banner-256.webp 256 64',
      'banner-1024.webp 1024 256',
      'photos/evening-turned-64.jpg 64 43',
      'photos/evening-turned-256.jpg 256 171',
      'photos/evening-turned-1024.jpg 480 320',
      'photos/evening-64.jpg 64 43',
      'photos/evening-256.jpg 256 171',
      'photos/evening-1024.jpg 480 320',
      'wheel-64.png 64 64',
      'wheel-256.png 200 200',
      'wheel-1024.png 200 200',
      '',
    ]);
    for (const row of rows.slice(0, -1)) {
      const [name = '', ...told] = row.split(',');
      const bytes = await readFile(join(output, name));
      const { width, height } = await sharp(bytes).metadata();
      expect(told.map(Number)).toEqual([width, height, bytes.length]);
    }
    expect((await filesIn(output)).length).toBe(13);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '::progress 0.00 0 of 4 files',
      'resized banner.webp: 64x16, 256x64, 1024x256',
      '::progress 0.25 1 of 4 files',
    ]);
    expect(stdout.endsWith('::progress 1.00 4 of 4 files\n')).toBe(true);
  });

  it.each([
    ['jpg', 'jpeg', 'jpeg'],
    ['png', 'png', 'png'],
    ['webp', 'webp', 'webp'],
    ['tif', 'tiff', 'tiff'],
    ['avif', 'avif', 'heif'],
    ['gif', 'gif', 'gif'],
  ] as const)('keeps the format, the folder and the picture of a %s', async (extension, format, told) => {
    const image = await redAndBlue(100, 50).toFormat(format).toBuffer();
    const input = await inputOf({ [`a/b/x.y.${extension}`]: image, 'sizes.json': '{"widths":[200,20,20]}' });
    const { exitCode, stderr, output } = await run(input);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await filesIn(output)).toEqual([`a/b/x.y-20.${extension}`, `a/b/x.y-200.${extension}`, 'sizes.csv']);
    const rows = (await readFile(join(output, 'sizes.csv'), 'utf8')).split('\r\n').slice(1, -1);
    expect(rows.map((row) => row.split(',')[0])).toEqual([`a/b/x.y-20.${extension}`, `a/b/x.y-200.${extension}`]);
    for (const [width, height, asked] of [
      [20, 10, 20],
      [100, 50, 200],
    ] as const) {
      const path = join(output, `a/b/x.y-${asked}.${extension}`);
      expect(await sharp(path).metadata()).toMatchObject({ format: told, width, height });
      expect(await colourAt(path, { left: 1, top: 5 })).toBe('red');
      expect(await colourAt(path, { left: width - 2, top: 5 })).toBe('blue');
    }
  });

  it('stores a TIFF without loss', async () => {
    const raw = Buffer.from(Array.from({ length: 30 * 30 * 3 }, (_, at) => (at * 7919) % 256));
    const image = await sharp(raw, { raw: { width: 30, height: 30, channels: 3 } })
      .tiff({ compression: 'none' })
      .toBuffer();
    const { output } = await run(await inputOf({ 'x.tif': image }));
    expect((await sharp(join(output, 'x-64.tif')).raw().toBuffer()).equals(raw)).toBe(true);
  });

  it('turns pictures upright as EXIF says, and leaves EXIF out', async () => {
    const stored = await redAndBlue(80, 40)
      .withExif({ IFD0: { Copyright: 'nobody' } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const { output } = await run(await inputOf({ 'x.jpg': stored, 'sizes.json': '{"widths":[20]}' }));
    const path = join(output, 'x-20.jpg');
    const metadata = await sharp(path).metadata();
    expect(metadata).toMatchObject({ width: 20, height: 40 });
    expect(metadata.exif).toBeUndefined();
    expect(metadata.orientation ?? 1).toBe(1);
    expect([await colourAt(path, { left: 10, top: 2 }), await colourAt(path, { left: 10, top: 37 })]).toEqual(['red', 'blue']);
  });

  it('keeps transparency', async () => {
    const image = await sharp({ create: { width: 30, height: 30, channels: 4, background: { ...RED, alpha: 0 } } })
      .png()
      .toBuffer();
    const { output } = await run(await inputOf({ 'x.png': image, 'sizes.json': '{"widths":[10]}' }));
    const pixels = await sharp(join(output, 'x-10.png')).ensureAlpha().raw().toBuffer();
    expect(pixels[3]).toBe(0);
  });

  it('goes by what a file is, not by its name', async () => {
    const { exitCode, output } = await run(
      await inputOf({ 'x.jpg': await redAndBlue(10, 10).png().toBuffer(), y: await redAndBlue(10, 10).webp().toBuffer() }),
    );
    expect(exitCode).toBe(0);
    expect((await sharp(join(output, 'x-64.jpg')).metadata()).format).toBe('png');
    expect((await sharp(join(output, 'y-64')).metadata()).format).toBe('webp');
  });

  it('quotes names in sizes.csv as RFC 4180 says', async () => {
    const { output } = await run(await inputOf({ 'a,"b".png': await redAndBlue(4, 4).png().toBuffer(), 'sizes.json': '{"widths":[2]}' }));
    const { length } = await readFile(join(output, 'a,"b"-2.png'));
    expect(await readFile(join(output, 'sizes.csv'), 'utf8')).toBe(`file,width,height,bytes\r\n"a,""b""-2.png",2,2,${length}\r\n`);
  });

  it('names what is no image or broken, leaves nothing of it, and does the rest', async () => {
    const photo = await redAndBlue(600, 600).jpeg().toBuffer();
    const input = await inputOf({
      'a-cut.jpg': photo.subarray(0, photo.length / 2),
      'b-large.png': pngHead(20_000, 20_000),
      'c-text.png': 'not an image',
      'd-drawing.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      'e-empty.gif': '',
      'g-fine.png': await redAndBlue(4, 4).png().toBuffer(),
    });
    await symlink('g-fine.png', join(input, 'f-link.png'));
    const { exitCode, stdout, stderr, output } = await run(input);
    expect(exitCode).toBe(0);
    const lines = stderr.split('\n');
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'skipped a-cut.jpg',
      'skipped b-large.png',
      'skipped c-text.png',
      'skipped d-drawing.svg',
      'skipped e-empty.gif',
      'skipped f-link.png',
      '6 of 7 files could not be resized.',
      '',
    ]);
    expect(lines[1]).toContain('exceeds pixel limit');
    expect(lines[3]).toContain('unsupported image format');
    expect(stderr).not.toContain(input);
    expect(stdout).toContain('resized g-fine.png: 4x4, 4x4, 4x4\n');
    expect(await filesIn(output)).toEqual(['g-fine-1024.png', 'g-fine-256.png', 'g-fine-64.png', 'sizes.csv']);
  });

  it('leaves nothing of an image whose name has room for some of the widths only', async () => {
    const image = await redAndBlue(4, 4).png().toBuffer();
    const { exitCode, stderr, output } = await run(await inputOf({ [`${'x'.repeat(247)}.png`]: image, [`${'y'.repeat(246)}.png`]: image }));
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      `skipped ${'x'.repeat(247)}.png: has no room in its name for "-1024": shorten it\n1 of 2 files could not be resized.\n`,
    );
    expect((await filesIn(output)).map((name) => name.replace(/y+/, 'y'))).toEqual(['sizes.csv', 'y-1024.png', 'y-256.png', 'y-64.png']);
  });

  it('never tells where this machine has the input', async () => {
    const input = await testFolder();
    await writeFile(Buffer.concat([Buffer.from(`${input}/`), Buffer.from([0xff]), Buffer.from('.png')]), 'not an image');
    const { exitCode, stderr } = await run(input);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^skipped \ufffd\.png: Input file is missing: \ufffd\.png\n/);
  });

  it('ends with exit code 2 and a sentence when no file is an image', async () => {
    const { exitCode, stderr, output } = await run(await inputOf({ 'a.txt': 'text', 'b/c.png': 'text' }));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^skipped a\.txt: .+\nskipped b\/c\.png: .+\nNo file of the input could be resized as an image \(2 tried\)\.\n$/,
    );
    expect(await filesIn(output)).toEqual([]);
  });

  it.each([{}, { 'sizes.json': '{"widths":[1]}' }])('ends with exit code 2 and a sentence when the input is %j', async (files) => {
    const { exitCode, stderr } = await run(await inputOf(files as Record<string, string>));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'There is no image in the input: send a zip with at least one.\n' });
  });

  it.each([
    '',
    'null',
    '[64]',
    '{}',
    '{"widths":[]}',
    '{"widths":[0]}',
    '{"widths":[1.5]}',
    '{"widths":["64"]}',
    '{"widths":[16384]}',
    `{"widths":[${'1,'.repeat(16)}1]}`,
  ])('ends with exit code 2 and a sentence for the sizes %j', async (sizes) => {
    const { exitCode, stderr } = await run(await inputOf({ 'sizes.json': sizes, 'x.png': await redAndBlue(2, 2).png().toBuffer() }));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'sizes.json must be {"widths": [...]} with 1 to 16 whole numbers from 1 to 16383, such as {"widths": [64, 256]}.\n',
    });
  });

  it('refuses sizes that are large or no file', async () => {
    const input = await testFolder();
    await mkdir(join(input, 'sizes.json'));
    const sentence = 'sizes.json must be a file of at most 4096 bytes.\n';
    expect(await run(input)).toMatchObject({ exitCode: 2, stderr: sentence });
    expect(await run(await inputOf({ 'sizes.json': ' '.repeat(4097) }))).toMatchObject({ exitCode: 2, stderr: sentence });
  });

  it('says in one line, without a stack trace, what failed', async () => {
    const { exitCode, stderr } = await run(join(await testFolder(), 'missing'));
    expect(exitCode).toBe(1);
    expect(stderr).toBe("resize-image failed: ENOENT: no such file or directory, scandir '/input'\n");
  });

  it('is built with the version of sharp that these tests run with', async () => {
    const dockerfile = await readFile(join(import.meta.dirname, 'Dockerfile'), 'utf8');
    expect(/ sharp@(\S+)$/m.exec(dockerfile)?.[1]).toBe(sharp.versions.sharp);
  });
});
