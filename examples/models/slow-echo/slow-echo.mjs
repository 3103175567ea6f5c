// Copies the input to the output after a while: a model to try cancelling, time limits and failures with.
import { constants, cp, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const SETTINGS_FILE = 'slow-echo.json';
const SETTINGS_BYTES_MAX = 4096;
const SECONDS_DEFAULT = 3;
const SECONDS_MAX = 3600;
/** Exit codes: the settings are wrong, the settings ask for a failure, TERM (128 + 15). */
const BAD_INPUT = 2;
const ASKED_TO_FAIL = 3;
const TERMINATED = 143;

/** The input cannot be used: the message is a sentence for the user. */
class BadInput extends Error {}

async function main({ input, output }) {
  const { seconds, fail } = await readSettings(join(input, SETTINGS_FILE));
  await waitAloud(seconds);
  if (fail) {
    console.error(`${SETTINGS_FILE} asks for a failure: this is it.`);
    process.exitCode = ASKED_TO_FAIL;
    return;
  }
  await cp(input, output, { recursive: true, filter: isPlain });
  console.log('copied the input to the output');
}

/** How long to wait, and whether to fail then. Throws BadInput. */
async function readSettings(path) {
  const text = await readSmall(path);
  const settings = text === null ? {} : parse(text);
  const { seconds = SECONDS_DEFAULT, fail = false, ...others } = settings;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new BadInput(`${SETTINGS_FILE} has an unknown field "${unknown}": it knows "seconds" and "fail".`);
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= SECONDS_MAX)) {
    throw new BadInput(`${SETTINGS_FILE}: "seconds" must be a number from 0 to ${SECONDS_MAX}.`);
  }
  if (typeof fail !== 'boolean') throw new BadInput(`${SETTINGS_FILE}: "fail" must be true or false.`);
  return { seconds, fail };
}

/** The text of a small file, or null where there is none. */
async function readSmall(path) {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new BadInput(`${SETTINGS_FILE} must be a file.`);
    if (stats.size > SETTINGS_BYTES_MAX) throw new BadInput(`${SETTINGS_FILE} is larger than ${SETTINGS_BYTES_MAX} bytes.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function parse(text) {
  let settings = null;
  try {
    settings = JSON.parse(text);
  } catch {
    // Not JSON is told like JSON of another shape.
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  throw new BadInput(`${SETTINGS_FILE} must be a JSON object, such as {"seconds": 3, "fail": false}.`);
}

/** Waits, and prints how far it is at the start, each second and at the end. */
async function waitAloud(seconds) {
  const startMs = performance.now();
  for (let second = 0; second < seconds; second += 1) {
    console.log(`::progress ${(second / seconds).toFixed(2)} ${second} of ${seconds} seconds`);
    const untilMs = startMs + 1000 * Math.min(second + 1, seconds);
    await wait(Math.max(0, untilMs - performance.now()));
  }
  console.log(`::progress 1.00 ${seconds} of ${seconds} seconds`);
}

/** Folders and regular files: a link may lead out of the input, and a pipe would block. */
async function isPlain(path) {
  const stats = await lstat(path);
  return stats.isFile() || stats.isDirectory();
}

// As the first process of a container, it would not be ended by TERM without a handler of its own.
process.once('SIGTERM', () => {
  console.error('stopped by SIGTERM');
  process.exit(TERMINATED);
});

// biome-ignore lint/style/noProcessEnv: the environment is how a model is told its folders
const { INPUT_DIR: input = '/input', OUTPUT_DIR: output = '/output' } = process.env;
try {
  await main({ input, output });
} catch (error) {
  const usersFault = error instanceof BadInput;
  // Users know the folders by these names only, wherever this machine has them.
  const fault = error.message.replaceAll(input, '/input').replaceAll(output, '/output');
  console.error(usersFault ? error.message : `slow-echo failed: ${fault}`);
  process.exitCode = usersFault ? BAD_INPUT : 1;
}
