import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@inference/service';
import { extractZip } from '@inference/zips';
import { readConfig } from './config.ts';
import { readEvents } from './read-events.ts';
import { startServer } from './start-server.ts';

/** `npm run demo`: starts everything on free ports and a temporary folder, runs one model on real input, shows the result, stops. */
const MODEL = 'word-count';
/** Where a request takes longer than this, in milliseconds, something is wrong. */
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
    const api = `${server.url}/api/v1`;
    const id = await submit(api, sample);
    await follow(api, id);
    await show(await fetchOutput(api, id), temporary);
    return 0;
  } finally {
    await server.stop();
    await server.removeDatabase();
  }
}

async function submit(api: string, sample: string): Promise<string> {
  const zip = await readFile(sample);
  console.log(`POST ${pathOf(api)}/models/${MODEL}/tasks  (${zip.length} bytes)`);
  const headers = { 'content-type': 'application/zip' };
  const answer = await ask(`${api}/models/${MODEL}/tasks`, { method: 'POST', headers, body: zip });
  const { id } = (await answer.json()) as { id: string };
  console.log(`  ${answer.status}  task ${id}`);
  return id;
}

async function follow(api: string, id: string): Promise<void> {
  const begin = performance.now();
  console.log(`GET ${pathOf(api)}/tasks/${id}/events`);
  for await (const { event, data } of readEvents(await ask(`${api}/tasks/${id}/events`))) {
    const { state, reason, fraction, text } = data;
    if (event === 'progress') console.log(`  progress   ${typeof fraction === 'number' ? `${Math.round(fraction * 100)} %  ` : ''}${text}`);
    if (event === 'state' && state === 'running') console.log('  state      running');
    if (event !== 'done') continue;
    if (state !== 'succeeded') throw new Error(`The task did not succeed: ${state}. ${reason ?? ''}`);
    console.log(`  done       succeeded after ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    return;
  }
  throw new Error('The events ended before the task did.');
}

async function fetchOutput(api: string, id: string): Promise<Buffer> {
  console.log(`GET ${pathOf(api)}/tasks/${id}/output`);
  const answer = await ask(`${api}/tasks/${id}/output`);
  const zip = Buffer.from(await answer.arrayBuffer());
  console.log(`  ${answer.status}  zip of ${zip.length} bytes\n`);
  return zip;
}

/** What follows the host, which is shown once. */
function pathOf(address: string): string {
  return new URL(address).pathname;
}

/** @throws with what the problem says, for every answer that is a refusal */
async function ask(address: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
  if (!answer.ok) throw new Error(`${answer.status}: ${((await answer.json()) as { detail: string }).detail}`);
  return answer;
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
