import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_UID } from '../../packages/runtime/src/model-user.ts';
import type { Bench } from '../bench.ts';
import { copyImage } from '../copy-image.ts';
import { dockerReason } from '../docker-engine.ts';
import { startContainer } from '../engine.ts';
import { interleave } from '../interleave.ts';
import { modelContainer } from '../model-container.ts';
import { compare, type Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COUNTS = { rounds: 10, warmUps: 1 };
const RATIO_MAX = 1.25;
const NANO_CPUS = 1e9;
const MIB = 1024 ** 2;
const [name, what] = ['neighbour', 'Container that computes on one core, beside a hostile model'];
/** Some seconds of work: the time to start the container, which is the engine's and not the neighbour's, is a small part. */
const WORK = 'i=0; while [ $i -lt 2400000 ]; do i=$((i+1)); done';
/** One process that takes memory until it is killed, and one that forks, until nothing more can be forked, others that compute without end. */
const HOSTILE = [
  '(x=aaaaaaaa; while :; do x=$x$x; done) &',
  '(while :; do (while :; do :; done) & done) &',
  // A shell that cannot fork ends, and the container would with it.
  'exec /bin/busybox sleep 3600',
].join('\n');
const NOTES = [
  'other side: the same container alone; it has one core of its own by --cpus.',
  'the model: 256 processes that compute, and one that runs into its memory limit of 64 MiB, in the container of a task with one core per slot.',
];

/** What a model that takes all it can get costs a container beside it. */
export async function neighbour(bench: Bench): Promise<Row[]> {
  const reason = process.getuid?.() === 0 ? await dockerReason() : 'folders are given to another user: run it as root.';
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const [input, output] = [join(folder.path, 'input'), join(folder.path, 'output')];
  await mkdir(input);
  await mkdir(output);
  await chown(output, MODEL_UID, MODEL_UID);
  await using image = await copyImage(bench);
  const limits = { pidsMax: 256, memoryBytes: 64 * MIB };
  const model = modelContainer(image.name, { input, output }, { limits, cpusPerSlot: 1 });
  const alone = () => timedWork(bench, image.name);
  const beside = async () => {
    await using _hostile = await startContainer({ ...model, Entrypoint: shell(HOSTILE) }, bench.signal);
    return await alone();
  };
  const times = await interleave(bench, COUNTS, { ours: beside, other: alone });
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes: NOTES } as const;
  return [compare('ratio', sides, { atMost: RATIO_MAX })];
}

async function timedWork({ signal }: Bench, image: string): Promise<number> {
  const begin = performance.now();
  const settings = { Image: image, Entrypoint: shell(WORK), HostConfig: { NetworkMode: 'none', NanoCpus: NANO_CPUS } };
  await using container = await startContainer(settings, signal);
  await container.ended();
  return performance.now() - begin;
}

function shell(script: string): string[] {
  return ['/bin/busybox', 'sh', '-c', script];
}
