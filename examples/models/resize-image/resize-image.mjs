// Makes smaller versions of every image in the input. README.md says which.
import { lstat, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import sharp from 'sharp';

const SETTINGS_FILE = 'sizes.json';
const SETTINGS_BYTES_MAX = 4096;
const WIDTHS_DEFAULT = [64, 256, 1024];
const WIDTHS_MAX = 16;
/** No version is wider than this, in pixels: WebP can hold no more. */
const WIDTH_MAX = 16_383;
/** The longest name of a file on usual disks, in bytes: a version's name is longer than its image's. */
const NAME_BYTES_MAX = 255;
/** As many entries as a zip may have. */
const FILES_MAX = 200_000;
/** Exit code for an input that nothing can be done with. */
const BAD_INPUT = 2;

/** Only these loaders see the input: others (SVG, PDF ...) run whole interpreters on what a stranger sent. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Tiff', 'Heif', 'Nsgif'].map((name) => `VipsForeignLoad${name}`);
/** Formats whose usual settings in sharp do not fit here: TIFF would be stored as JPEG, and HEIF needs a codec that is not free. */
const ENCODING = { tiff: ['tiff', { compression: 'lzw', predictor: 'horizontal' }], heif: ['avif', {}] };

/** The input cannot be used: the message is a sentence for the user. */
class BadInput extends Error {}

async function main({ input, output }) {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  // No file is read again: a cache would only hold memory.
  sharp.cache(false);
  const widths = await readWidths(input);
  const files = (await listFiles(input)).filter(({ name }) => name !== SETTINGS_FILE);
  if (files.length === 0) throw new BadInput('There is no image in the input: send a zip with at least one.');
  const sizes = new Table(join(output, 'sizes.csv'), ['file', 'width', 'height', 'bytes']);
  let broken = 0;
  try {
    for (const [at, file] of files.entries()) {
      printProgress(at, files.length);
      if (!(await resizeFile(file, widths, { input, output, sizes }))) broken += 1;
    }
  } finally {
    await sizes.close();
  }
  printProgress(files.length, files.length);
  if (broken === files.length) throw new BadInput(`No file of the input could be resized as an image (${broken} tried).`);
  if (broken > 0) console.error(`${broken} of ${files.length} files could not be resized.`);
}

/** Widths in pixels, ascending. Throws BadInput. */
async function readWidths(input) {
  const path = join(input, SETTINGS_FILE);
  const stats = await lstat(path).catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return WIDTHS_DEFAULT;
  if (!stats.isFile() || stats.size > SETTINGS_BYTES_MAX) {
    throw new BadInput(`${SETTINGS_FILE} must be a file of at most ${SETTINGS_BYTES_MAX} bytes.`);
  }
  const widths = parse(await readFile(path, 'utf8'))?.widths;
  const right = (width) => Number.isInteger(width) && width >= 1 && width <= WIDTH_MAX;
  if (!Array.isArray(widths) || widths.length < 1 || widths.length > WIDTHS_MAX || !widths.every(right)) {
    throw new BadInput(
      `${SETTINGS_FILE} must be {"widths": [...]} with 1 to ${WIDTHS_MAX} whole numbers from 1 to ${WIDTH_MAX}, such as {"widths": [64, 256]}.`,
    );
  }
  return [...new Set(widths)].sort((a, b) => a - b);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Every entry below `root` that is no folder, sorted by name (code units, so that the order is the same everywhere). */
async function listFiles(root) {
  const files = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else files.push({ name, regular: entry.isFile() });
      if (files.length + folders.length > FILES_MAX) throw new BadInput(`The input has more than ${FILES_MAX} files: split it.`);
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes all versions of one image, or none: then it answers false and has said why. */
async function resizeFile(file, widths, { input, output, sizes }) {
  const rows = [];
  for (const width of widths) {
    const name = versionName(file.name, width);
    const made = await makeVersion(file, { name, width, input });
    if ('reason' in made) {
      await Promise.all(rows.map(([written]) => rm(join(output, written))));
      console.error(`skipped ${printable(file.name)}: ${printable(made.reason)}`);
      return false;
    }
    await mkdir(dirname(join(output, name)), { recursive: true });
    await writeFile(join(output, name), made.data);
    rows.push([name, made.info.width, made.info.height, made.info.size]);
  }
  for (const row of rows) await sizes.add(row);
  console.log(`resized ${printable(file.name)}: ${rows.map(([, width, height]) => `${width}x${height}`).join(', ')}`);
  return true;
}

/** One version in the image's own format, or the reason why there is none. sharp refuses more than 268 million pixels. */
async function makeVersion(file, { name, width, input }) {
  if (!file.regular) return { reason: 'is a link or a special file' };
  if (Buffer.byteLength(posix.basename(name)) > NAME_BYTES_MAX) return { reason: `has no room in its name for "-${width}": shorten it` };
  try {
    const image = sharp(join(input, file.name)).autoOrient().resize({ width, withoutEnlargement: true });
    const { format } = await image.metadata();
    const [encoding, options] = ENCODING[format] ?? [format, {}];
    return await image.toFormat(encoding, options).toBuffer({ resolveWithObject: true });
  } catch (error) {
    return { reason: error.message.split('\n')[0].replaceAll(`${input}/`, '') };
  }
}

/** `folder/name-WIDTH.ext`: two files of the input never share a version's name. */
function versionName(name, width) {
  const { dir, name: stem, ext } = posix.parse(name);
  return posix.join(dir, `${stem}-${width}${ext}`);
}

/** A CSV file after RFC 4180. It is made with its first row: a table without rows leaves no file. */
class Table {
  #path;
  #heading;
  #file = null;

  constructor(path, heading) {
    this.#path = path;
    this.#heading = heading;
  }

  async add(fields) {
    if (this.#file === null) {
      this.#file = await open(this.#path, 'w');
      await this.#file.write(csvRow(this.#heading));
    }
    await this.#file.write(csvRow(fields));
  }

  async close() {
    await this.#file?.close();
  }
}

function csvRow(fields) {
  const cells = fields.map(String).map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
  return `${cells.join(',')}\r\n`;
}

/** At most once for each hundredth. */
function printProgress(done, total) {
  const hundredths = Math.floor((100 * done) / total);
  if (done > 0 && hundredths === Math.floor((100 * (done - 1)) / total)) return;
  console.log(`::progress ${(hundredths / 100).toFixed(2)} ${done} of ${total} files`);
}

/** A name on one line, without what a terminal would act on. */
function printable(name) {
  return name.replace(/\p{C}/gu, '?');
}

// biome-ignore lint/style/noProcessEnv: the environment is how a model is told its folders
const { INPUT_DIR: input = '/input', OUTPUT_DIR: output = '/output' } = process.env;
try {
  await main({ input, output });
} catch (error) {
  const usersFault = error instanceof BadInput;
  // Users know the folders by these names only, wherever this machine has them.
  const fault = error.message.replaceAll(input, '/input').replaceAll(output, '/output');
  console.error(usersFault ? error.message : `resize-image failed: ${fault}`);
  process.exitCode = usersFault ? BAD_INPUT : 1;
}
