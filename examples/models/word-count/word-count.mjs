// Counts lines, words, characters and bytes of every text file in the input. README.md says what each of them is.
import { createReadStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** As many entries as a zip may have. */
const FILES_MAX = 200_000;
/** How much of a file is in memory at once, in bytes. */
const CHUNK_BYTES = 256 * 1024;
/** Exit code for an input that nothing can be done with. */
const BAD_INPUT = 2;
const LINE_FEED = 0x0a;
/** What is counted, in the order of the columns. */
const MEASURES = ['lines', 'words', 'characters', 'bytes'];

/** A letter or digit, then letters, digits, accents and joiners; an apostrophe between two such runs does not part them. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]*(?:['’][\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]*)*/gu;

/** The input cannot be used: the message is a sentence for the user. */
class BadInput extends Error {}
/** A file is not text: the message says why. */
class NotText extends Error {}

async function main({ input, output }) {
  const files = await listFiles(input);
  if (files.length === 0) throw new BadInput('There is no file in the input: send a zip with at least one text file.');
  const counts = new Table(join(output, 'word-count.csv'), ['file', ...MEASURES]);
  const skipped = new Table(join(output, 'skipped.csv'), ['file', 'reason']);
  try {
    await countFiles(input, files, { counts, skipped });
  } finally {
    await counts.close();
    await skipped.close();
  }
}

/** Writes and prints the counts of each file, and of all together. */
async function countFiles(root, files, { counts, skipped }) {
  const total = { lines: 0, words: 0, characters: 0, bytes: 0 };
  const progress = new Progress(files);
  for (const file of files) {
    const counted = await countFile(root, file, progress);
    if ('reason' in counted) {
      console.error(`skipped ${printable(file.name)}: ${counted.reason}`);
      await skipped.add([file.name, counted.reason]);
      continue;
    }
    console.log(`counted ${printable(file.name)}: ${sentence(counted)}`);
    await counts.add([file.name, ...MEASURES.map((measure) => counted[measure])]);
    for (const measure of MEASURES) total[measure] += counted[measure];
  }
  await counts.add(['total', ...MEASURES.map((measure) => total[measure])]);
  console.log(`total: ${sentence(total)}`);
}

/** Every entry below `root` that is no folder, sorted by name (code units, so that the order is the same everywhere). */
async function listFiles(root) {
  const files = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else files.push({ name, regular: entry.isFile(), bytes: entry.isFile() ? (await lstat(join(root, name))).size : 0 });
      if (files.length + folders.length > FILES_MAX) throw new BadInput(`The input has more than ${FILES_MAX} files: split it.`);
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The counts of one file, or the reason why it is no text. */
async function countFile(root, file, progress) {
  // A pipe would block for ever, and a link may lead out of the input.
  if (!file.regular) return { reason: 'is a link or a special file' };
  const counter = new TextCounter();
  try {
    for await (const bytes of createReadStream(join(root, file.name), { highWaterMark: CHUNK_BYTES })) {
      counter.add(bytes);
      progress.add(bytes.length);
    }
    return counter.end();
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    progress.add(file.bytes - counter.bytes);
    return { reason: error.message };
  }
}

/** Counts a text that comes in pieces cut anywhere, between the bytes of one character too. */
class TextCounter {
  bytes = 0;
  #lines = 0;
  #words = 0;
  #characters = 0;
  /** Fatal: a byte that is not UTF-8 must not be counted as a character that is not there. It drops a byte order mark. */
  #decoder = new TextDecoder('utf-8', { fatal: true });
  /** Stands for the word that the text so far ends in: the next piece may go on with it. */
  #openWord = '';
  #lastCode = LINE_FEED;

  /** Throws NotText. */
  add(bytes) {
    if (bytes.includes(0)) throw new NotText('is binary: it holds a zero byte');
    this.#addText(this.#decode(bytes, { stream: true }));
    this.bytes += bytes.length;
  }

  /** The counts, once all is read. Throws NotText. */
  end() {
    this.#addText(this.#decode());
    const unfinished = this.#lastCode === LINE_FEED ? 0 : 1;
    return { lines: this.#lines + unfinished, words: this.#words, characters: this.#characters, bytes: this.bytes };
  }

  #decode(...args) {
    try {
      return this.#decoder.decode(...args);
    } catch (error) {
      if (error.code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      throw new NotText('is not UTF-8: if it is a text, save it as UTF-8');
    }
  }

  #addText(text) {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === LINE_FEED) this.#lines += 1;
      // The second half of a surrogate pair belongs to the character before it.
      if ((code & 0xfc00) !== 0xdc00) this.#characters += 1;
    }
    if (text !== '') this.#lastCode = text.charCodeAt(text.length - 1);
    this.#countWords(text);
  }

  #countWords(text) {
    const all = this.#openWord + text;
    let end = 0;
    if (this.#openWord !== '') this.#words -= 1;
    WORD.lastIndex = 0;
    while (WORD.test(all)) {
      this.#words += 1;
      end = WORD.lastIndex;
    }
    const rest = all.slice(end, end + 2);
    const open = end > 0 && (rest === '' || rest === "'" || rest === '’');
    this.#openWord = open ? `a${rest}` : '';
  }
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

/** Prints the share of bytes that are read, at most once for each hundredth. */
class Progress {
  #files;
  #bytesTotal;
  #bytesDone = 0;
  #printed = -1;

  constructor(files) {
    this.#files = files.length;
    this.#bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.add(0);
  }

  add(bytes) {
    this.#bytesDone += bytes;
    const hundredths = this.#bytesTotal === 0 ? 0 : Math.floor((100 * this.#bytesDone) / this.#bytesTotal);
    if (hundredths <= this.#printed) return;
    this.#printed = hundredths;
    console.log(`::progress ${(hundredths / 100).toFixed(2)} ${this.#bytesDone} of ${this.#bytesTotal} bytes, ${this.#files} files`);
  }
}

function sentence(counted) {
  return MEASURES.map((measure) => `${counted[measure]} ${measure}`).join(', ');
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
  console.error(usersFault ? error.message : `word-count failed: ${fault}`);
  process.exitCode = usersFault ? BAD_INPUT : 1;
}
