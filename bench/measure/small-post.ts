import type { Bench } from '../bench.ts';
import { interleave } from '../interleave.ts';
import { compare, type Row } from '../row.ts';
import { smallZip } from '../small-zip.ts';
import { startBareServer } from '../start-bare-server.ts';
import { startServer } from '../start-server.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COUNTS = { rounds: 41, warmUps: 5 };
const POLL_MS = 10;
const ACCEPTED_MS_MAX = 15;
const [name, what] = ['small-post', 'POST of 1 KiB, from its sending to its acceptance'];
const NOTES = [
  'accepted is durable: the file and its folder are synced, and so is the commit of the database.',
  'other side: a bare `node:http` server that hashes the same body, writes it to a file, syncs that and answers.',
  'the task has ended before the next POST is sent.',
];

/** How long a client waits until a small task is accepted for good. */
export async function smallPost(bench: Bench): Promise<Row[]> {
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const { zip } = await smallZip(folder.path);
  await using server = await startServer(bench);
  await using bare = await startBareServer(bench);

  const ours = async () => {
    const begin = performance.now();
    const uid = await server.client.post('/api/tasks/?model_human_readable_id=word-count', { zip });
    const ms = performance.now() - begin;
    await server.client.waitForOutput(String(uid), POLL_MS);
    return ms;
  };
  const other = async () => {
    const begin = performance.now();
    await bare.client.post('/', { zip });
    return performance.now() - begin;
  };
  const times = await interleave(bench, COUNTS, { ours, other });
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes: NOTES } as const;
  return [compare('alone', sides, { atMost: ACCEPTED_MS_MAX })];
}
