import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractZip } from '@inference/zips';
import type { Bench } from '../bench.ts';
import { interleave } from '../interleave.ts';
import { compare, type Row } from '../row.ts';
import { runCommand } from '../run-command.ts';
import { sandboxCommand, withFolders } from '../sandbox-command.ts';
import { servicesReason } from '../services-reason.ts';
import { smallZip } from '../small-zip.ts';
import { startPlatform } from '../start-platform.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { STARTED_FILE, TINY_MODEL } from '../tiny-model.ts';

const COUNTS = { rounds: 61, warmUps: 10 };
const POLL_MS = 5;
const MORE_MS_MAX = 25;
const NANOSECONDS_PER_MS = 1e6;
const [name, what] = ['submit-to-start', 'From the answered POST to the start of the model, with RabbitMQ'];

/** How long a task that was accepted waits until its model runs, against the same sandbox started by hand. */
export async function submitToStart(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const { zip, folder: input } = await smallZip(folder.path);
  await using platform = await startPlatform(bench, 1);
  const command = await sandboxCommand(platform.tinyFolder);
  const postTimes: number[] = [];

  const ours = async (round: number) => {
    const sentMs = performance.now();
    const uid = String(await platform.client.post(`/api/tasks/?model_human_readable_id=${TINY_MODEL}`, { zip }));
    const acceptedMs = Date.now();
    if (round >= COUNTS.warmUps) postTimes.push(performance.now() - sentMs);
    await platform.client.waitForOutput(uid, POLL_MS);
    const [path, output] = [join(folder.path, `${round}.zip`), join(folder.path, `ours-${round}`)];
    await writeFile(path, await platform.client.read(`/api/tasks/${uid}`));
    await extractZip(path, output);
    return (await startedMs(output)) - acceptedMs;
  };
  const other = async (round: number) => {
    const output = join(folder.path, `other-${round}`);
    await mkdir(output);
    if (command.uid !== null) await chown(output, command.uid, command.uid);
    const beginMs = Date.now();
    await runCommand(command.file, withFolders(command, { input, output }), {
      signal: bench.signal,
      env: command.environment,
    });
    return (await startedMs(output)) - beginMs;
  };
  const times = await interleave(bench, COUNTS, { ours, other });
  const notes = [
    'other side: the same command (bubblewrap with all its flags) on the same input, extracted already, from its spawn to the start of the model.',
    'the model is a shell that writes down the time: the same clock tells when the POST was answered, or the command was given. The consumer is idle.',
    `the task is durable by then: the POST itself took ${summarise(postTimes).median.toFixed(1)} ms (median).`,
  ];
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes } as const;
  return [compare('difference', sides, { atMost: MORE_MS_MAX })];
}

async function startedMs(output: string): Promise<number> {
  return Number(await readFile(join(output, STARTED_FILE), 'utf8')) / NANOSECONDS_PER_MS;
}
