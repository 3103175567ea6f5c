import { execFile, execFileSync } from 'node:child_process';
import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'word-count.mjs');
const HEADING = 'file,lines,words,characters,bytes\r\n';

type Run = { exitCode: number; stdout: string; stderr: string; output: string };

async function run(input: string, nodeArguments: string[] = []): Promise<Run> {
  const output = await testFolder();
  const env = { INPUT_DIR: input, OUTPUT_DIR: output };
  return await new Promise((resolve) => {
    execFile(process.execPath, [...nodeArguments, PROGRAM], { env, timeout: 25_000 }, (error, stdout, stderr) =>
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

/** The row of one file with this content, without its name. */
async function countsOf(content: string | Uint8Array): Promise<string> {
  const { exitCode, output } = await run(await inputOf({ f: content }));
  expect(exitCode).toBe(0);
  const rows = await readFile(join(output, 'word-count.csv'), 'utf8');
  return rows.split('\r\n')[1]!.replace('f,', '');
}

describe('the word-count model', () => {
  it('counts its sample exactly', async () => {
    const { exitCode, stderr, output } = await run(join(import.meta.dirname, 'sample'));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await readdir(output)).toEqual(['word-count.csv']);
    expect(await readFile(join(output, 'word-count.csv'), 'utf8')).toBe(
      `${HEADING}data/plants.csv,3,8,42,42\r\npoems/greetings.md,3,6,45,74\r\npoems/regen.txt,4,21,110,114\r\n` +
        'welcome.txt,3,31,158,158\r\ntotal,13,66,355,388\r\n',
    );
  });

  it('prints a line for each file, the total and its progress', async () => {
    const { stdout } = await run(await inputOf({ 'b/two.txt': 'one two\n', 'a.txt': 'one' }));
    expect(stdout.split('\n')).toEqual([
      '::progress 0.00 0 of 11 bytes, 2 files',
      '::progress 0.27 3 of 11 bytes, 2 files',
      'counted a.txt: 1 lines, 1 words, 3 characters, 3 bytes',
      '::progress 1.00 11 of 11 bytes, 2 files',
      'counted b/two.txt: 1 lines, 2 words, 8 characters, 8 bytes',
      'total: 2 lines, 3 words, 11 characters, 11 bytes',
      '',
    ]);
  });

  it('sorts by name, through all folders', async () => {
    const { output } = await run(await inputOf({ 'b/x': '', 'a/y': '', Z: '', 'a/b/c': '', a0: '' }));
    const rows = (await readFile(join(output, 'word-count.csv'), 'utf8')).split('\r\n');
    expect(rows.slice(1, -1).map((row) => row.split(',')[0])).toEqual(['Z', 'a/b/c', 'a/y', 'a0', 'b/x', 'total']);
  });

  it('quotes names as RFC 4180 says, and prints them on one line', async () => {
    const { output, stdout } = await run(await inputOf({ 'a,b "c".txt': 'x', 'line\n::progress 1.00 break': 'y' }));
    expect(await readFile(join(output, 'word-count.csv'), 'utf8')).toBe(
      `${HEADING}"a,b ""c"".txt",1,1,1,1\r\n"line\n::progress 1.00 break",1,1,1,1\r\ntotal,2,2,2,2\r\n`,
    );
    expect(stdout).toContain('counted line?::progress 1.00 break: 1 lines');
  });

  it.each([
    ['', '0,0,0,0'],
    ['\n', '1,0,1,1'],
    ['no end', '1,2,6,6'],
    ['a\r\nb\r\n', '2,2,6,6'],
    ["don't o’clock 'quoted' a''b", '1,5,27,29'],
    ['well-known a_b 3.14', '1,6,19,19'],
    ['Καλημέρα мир été 日本語', '1,4,20,39'],
    ['e\u0301te\u0301', '1,1,5,7'],
    ['👋 ❤️', '1,0,4,11'],
    ['می\u200cخواهم', '1,1,8,17'],
  ])('counts %j as lines, words, characters and bytes', async (text, expected) => {
    expect(await countsOf(text)).toBe(expected);
  });

  it('does not count a byte order mark as a character', async () => {
    expect(await countsOf('\ufeffhi')).toBe('1,1,2,5');
  });

  it('counts the same wherever a piece of a file ends', async () => {
    const unit = "rock’n'roll 👋 e\u0301t 'x'\n";
    const times = 12_000;
    const files: Record<string, string> = {};
    for (let shift = 0; shift < Buffer.byteLength(unit); shift += 1)
      files[`by-${String(shift).padStart(2, '0')}`] = ' '.repeat(shift) + unit.repeat(times);
    expect(Buffer.byteLength(files['by-00']!)).toBeGreaterThan(256 * 1024);
    const { output } = await run(await inputOf(files));
    const rows = (await readFile(join(output, 'word-count.csv'), 'utf8')).split('\r\n').slice(1, -2);
    expect(rows).toEqual(
      Object.keys(files).map((name) => {
        const shift = Number(name.slice('by-'.length));
        return [name, times, 3 * times, shift + [...unit].length * times, shift + Buffer.byteLength(unit) * times].join(',');
      }),
    );
  });

  it('lists what is not text in skipped.csv, and counts the rest', async () => {
    const input = await inputOf({
      'a.bin': 'text\0',
      'b.txt': 'fine',
      'c.txt': Buffer.from('caf\xe9', 'latin1'),
      'd.txt': Buffer.from([0x61, 0xe2, 0x82]),
    });
    await symlink('/etc/hostname', join(input, 'e'));
    execFileSync('mkfifo', [join(input, 'f')]);
    const { exitCode, stderr, stdout, output } = await run(input);
    expect(exitCode).toBe(0);
    expect(await readFile(join(output, 'word-count.csv'), 'utf8')).toBe(`${HEADING}b.txt,1,1,4,4\r\ntotal,1,1,4,4\r\n`);
    const notUtf8 = '"is not UTF-8: if it is a text, save it as UTF-8"';
    expect((await readFile(join(output, 'skipped.csv'), 'utf8')).split('\r\n')).toEqual([
      'file,reason',
      'a.bin,is binary: it holds a zero byte',
      `c.txt,${notUtf8}`,
      `d.txt,${notUtf8}`,
      'e,is a link or a special file',
      'f,is a link or a special file',
      '',
    ]);
    expect(stderr.split('\n')[0]).toBe('skipped a.bin: is binary: it holds a zero byte');
    expect(stdout).toContain('::progress 1.00 ');
  });

  it('ends with exit code 2 and a sentence when the input has no file', async () => {
    const input = await testFolder();
    await mkdir(join(input, 'empty'));
    const { exitCode, stderr, output } = await run(input);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('There is no file in the input: send a zip with at least one text file.\n');
    expect(await readdir(output)).toEqual([]);
  });

  it('says in one line, without a stack trace, what failed', async () => {
    const { exitCode, stderr } = await run(join(await testFolder(), 'missing'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^word-count failed: ENOENT: no such file or directory, scandir '\/input'\n$/);
  });

  it('never holds a whole file in memory', async () => {
    const input = await testFolder();
    const piece = Buffer.from('a line of text\n'.repeat(70_000));
    const pieces = 200;
    await using file = await open(join(input, 'large.txt'), 'w');
    for (let at = 0; at < pieces; at += 1) await file.write(piece);
    const tellPeak = 'data:text/javascript,process.on("exit",()=>console.error(process.resourceUsage().maxRSS))';
    const { exitCode, stderr, output } = await run(input, ['--import', tellPeak]);
    expect(exitCode).toBe(0);
    expect(await readFile(join(output, 'word-count.csv'), 'utf8')).toContain(
      `total,14000000,56000000,210000000,${piece.length * pieces}\r\n`,
    );
    const peakBytes = Number(stderr) * 1024;
    expect(peakBytes).toBeGreaterThan(0);
    expect(peakBytes).toBeLessThan(piece.length * pieces);
  });
});
