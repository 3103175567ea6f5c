import { stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { freeBytes } from '../disk-folder.ts';
import { interleave } from '../interleave.ts';
import { largeZip } from '../large-zip.ts';
import { type MemoryPeaks, MemoryWatch } from '../memory-watch.ts';
import { compare, type MeasuredRow, type Row } from '../row.ts';
import { runCommand } from '../run-command.ts';
import { startBareServer } from '../start-bare-server.ts';
import { startServer } from '../start-server.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COUNTS = { rounds: 3, warmUps: 0 };
/** While the model copies its gigabyte, nobody hurries. */
const POLL_MS = 50;
const RATIO_MIN = 0.5;
const MEMORY_MIB_MAX = 200;
/** The zip, its parts, and what three rounds leave on both sides. */
const FREE_BYTES_MIN = 14 * 1024 ** 3;
const [MB, MIB, MS_PER_SECOND] = [1e6, 1024 ** 2, 1_000];
const [name, what] = ['large-zip', '1 GiB zip'];

type Speeds = { readonly upload: number; readonly download: number };

/** A zip of 1 GiB up and down through the relay: throughput against bare HTTP, and the memory that it takes. */
export async function largeZipRows(bench: Bench): Promise<Row[]> {
  const reason = await whyNot(bench.folder);
  if (reason !== null) return [{ name, what: `${what}, up and down`, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const path = join(folder.path, 'input.zip');
  bench.tell('  making the zip');
  await largeZip(folder.path, path, bench.signal);
  const { size: bytes } = await stat(path);
  await using server = await startServer(bench);
  await using bare = await startBareServer(bench, path);
  using memory = new MemoryWatch(server.pid);

  // What one side has left to be written to disk is not the other's burden.
  const settle = () => runCommand('sync', [], { signal: bench.signal });
  const ours = async (): Promise<Speeds> => {
    const [uid, upload] = await timed(() => server.client.post('/api/tasks/?model_human_readable_id=slow-echo', { path, bytes }));
    await server.client.waitForOutput(String(uid), POLL_MS);
    await settle();
    const [downloaded, download] = await timed(() => server.client.download(`/api/tasks/${uid}`));
    return { upload: speed(bytes, upload), download: speed(downloaded, download) };
  };
  const other = async (): Promise<Speeds> => {
    const [, upload] = await timed(() => bare.client.post('/', { path, bytes }));
    await settle();
    const [downloaded, download] = await timed(() => bare.client.download('/'));
    return { upload: speed(bytes, upload), download: speed(downloaded, download) };
  };
  const speeds = await interleave(bench, COUNTS, { ours, other });
  return [...speedRows(speeds), ...memoryRows(await memory.peaks())];
}

async function whyNot(folder: string): Promise<string | null> {
  if (platform() !== 'linux') return 'peaks of memory are read from /proc, which only Linux has.';
  const free = await freeBytes(folder);
  return free >= FREE_BYTES_MIN
    ? null
    : `it needs ${FREE_BYTES_MIN / 1024 ** 3} GiB of free disk, ${folder} has ${Math.floor(free / 1024 ** 3)}.`;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const begin = performance.now();
  const result = await work();
  return [result, (performance.now() - begin) / MS_PER_SECOND];
}

function speed(bytes: number, seconds: number): number {
  return bytes / MB / seconds;
}

function speedRows({ ours, other }: { ours: Speeds[]; other: Speeds[] }): MeasuredRow[] {
  const notes = {
    upload: [
      'other side: a bare `node:http` server that hashes the body, writes it to a file, syncs that and answers; ours also checks the zip.',
    ],
    download: ['other side: a bare `node:http` server that pipes the file into the answer.'],
  };
  return (['upload', 'download'] as const).map((way) => {
    const [mine, theirs] = [ours, other].map((speeds) => summarise(speeds.map((each) => each[way])));
    if (mine === undefined || theirs === undefined) throw new Error('one side is missing');
    const sides = { name: `${name}-${way}`, what: `${what}, ${way}`, unit: 'MB/s', ours: mine, other: theirs, notes: notes[way] } as const;
    return compare('ratio', sides, { atLeast: RATIO_MIN });
  });
}

function memoryRows(peaks: MemoryPeaks): MeasuredRow[] {
  const database = Math.round((peaks.database ?? 0) / MIB);
  const model = Math.round((peaks.model ?? 0) / MIB);
  const notes = [`not counted: the largest process of the database ${database} MiB, the model ${model} MiB.`];
  return (['server', 'zip check'] as const).map((role) => {
    const ours = summarise([(peaks[role] ?? 0) / MIB]);
    const sides = { name: `${name}-memory`, what: `${what}, peak memory of the ${role} process`, unit: 'MiB', ours, other: null } as const;
    return compare('alone', { ...sides, notes: role === 'server' ? notes : [] }, { atMost: MEMORY_MIB_MAX });
  });
}
