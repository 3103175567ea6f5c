import { access, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_UID } from '../../packages/runtime/src/model-user.ts';
import type { Bench } from '../bench.ts';
import { copyImage } from '../copy-image.ts';
import { dockerReason } from '../docker-engine.ts';
import { startContainer } from '../engine.ts';
import { interleave } from '../interleave.ts';
import { modelContainer } from '../model-container.ts';
import { compare, type Row } from '../row.ts';
import { type SampleInput, sampleInput } from '../sample-input.ts';
import { medianInterval95, summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COUNTS = { rounds: 100, warmUps: 2 };
const RATIO_MAX = 1.05;
const [name, what] = ['hardening', 'Container of a task, from its creation to its end, locked down'];

/** The container of a task with all defaults against the same one with nothing but its image, its folders and no network. */
export async function hardening(bench: Bench): Promise<Row[]> {
  const reason = process.getuid?.() === 0 ? await dockerReason() : 'folders are given to another user: run it as root.';
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const input = await sampleInput(folder.path);
  await using image = await copyImage(bench);
  const timed = async (side: string, round: number) => {
    const output = join(folder.path, `${side}-${round}`);
    await mkdir(output);
    await chown(output, MODEL_UID, MODEL_UID);
    const closed = modelContainer(image.name, { input: input.folder, output }, { cpusPerSlot: 1 });
    const { Mounts, NetworkMode } = closed.HostConfig ?? {};
    return await timedContainer(
      bench,
      side === 'ours' ? closed : { Image: image.name, HostConfig: { Mounts, NetworkMode } },
      input,
      output,
    );
  };
  const times = await interleave(bench, COUNTS, { ours: (round) => timed('ours', round), other: (round) => timed('other', round) });
  const ratios = times.ours.map((ms, at) => ms / (times.other[at] ?? Number.NaN));
  const [low, high] = medianInterval95(ratios).map((ratio) => ratio.toFixed(3));
  const notes = [
    'other side: the same image, folders and lack of a network; no user, limits, dropped capabilities, read-only root, /tmp in memory or init.',
    `median of the ratios of ${ratios.length} pairs: ${summarise(ratios).median.toFixed(3)} (95 %: ${low} to ${high}).`,
  ];
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes } as const;
  return [compare('ratio', sides, { atMost: RATIO_MAX })];
}

async function timedContainer({ signal }: Bench, settings: object, input: SampleInput, output: string): Promise<number> {
  const begin = performance.now();
  await using container = await startContainer(settings, signal);
  await container.ended();
  const ms = performance.now() - begin;
  await access(join(output, input.file));
  return ms;
}
