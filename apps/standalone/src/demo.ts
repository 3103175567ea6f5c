import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@inference/service';
import { extractZip } from '@inference/zips';
import { readConfig } from './config.ts';
import { startServer } from './start-server.ts';

/** `npm run demo`: starts everything on free ports and a temporary folder, runs one model on real input, shows the result, stops. */
const MODEL = 'word-count';
const POLL_MS = 100;
/** Longer than this, in milliseconds, and something is wrong. */
const DEADLINE_MS = 60_000;

const folder = await mkdtemp(join(tmpdir(), 'inference-demo-'));
// The database's own account must be able to pass through.
await chmod(folder, 0o711);
let code = 1;
try {
  code = await demo(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(code);

async function demo(temporary: string): Promise<number> {
  console.log('Starting a server on a temporary folder (database, API, relay and one consumer in this process) ...');
  const read = readConfig(['--port', '0', '--data-dir', join(temporary, 'data')], { LOG_LEVEL: 'error' });
  if (!read.ok) throw new Error(read.problems.join(' '));
  const server = await startServer(read.config, createLog({ level: 'error' }));
  try {
    const sample = server.models.find(({ id }) => id === MODEL)?.sampleZip;
    if (sample === null || sample === undefined) throw new Error(`There is no sample for ${MODEL}.`);
    console.log(`Serving ${server.models.map(({ id }) => id).join(', ')} at ${server.url}\n`);
    const uid = await submit(server.url, sample);
    const output = await waitForOutput(server.url, uid);
    await show(output, temporary);
    return 0;
  } finally {
    await server.stop();
    await server.removeDatabase();
  }
}

async function submit(url: string, sample: string): Promise<string> {
  const form = new FormData();
  const zip = await readFile(sample);
  form.set('zip_file', new Blob([zip]), `${MODEL}.zip`);
  console.log(`POST ${url}/api/tasks/?model_human_readable_id=${MODEL}  (${zip.length} bytes)`);
  const answer = await fetch(`${url}/api/tasks/?model_human_readable_id=${MODEL}`, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`The task was not accepted: ${answer.status} ${await answer.text()}`);
  const uid = (await answer.json()) as string;
  console.log(`  200  task ${uid}`);
  return uid;
}

async function waitForOutput(url: string, uid: string): Promise<Buffer> {
  const begin = performance.now();
  let told = '';
  while (performance.now() - begin < DEADLINE_MS) {
    const answer = await fetch(`${url}/api/tasks/${uid}`);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    if (answer.ok) {
      const zip = Buffer.from(await answer.arrayBuffer());
      console.log(`  ${answer.status}  succeeded after ${seconds} s, output zip of ${zip.length} bytes\n`);
      return zip;
    }
    const { detail, reason } = (await answer.json()) as { detail: string; reason?: string };
    if (answer.status !== 551) throw new Error(`The task did not succeed: ${answer.status} ${detail}. ${reason ?? ''}`);
    if (reason !== told) console.log(`  551  ${reason}`);
    told = reason ?? '';
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`The task did not end within ${DEADLINE_MS / 1000} s.`);
}

async function show(zip: Buffer, temporary: string): Promise<void> {
  const [file, output] = [join(temporary, 'output.zip'), join(temporary, 'output')];
  await writeFile(file, zip);
  await extractZip(file, output);
  for (const entry of await readdir(output, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    console.log(`${entry.name}:`);
    console.log(await readFile(join(entry.parentPath, entry.name), 'utf8'));
  }
  console.log('That was the demo. Next: npm start');
}
