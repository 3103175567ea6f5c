import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { copyImage } from '../copy-image.ts';
import { dockerReason } from '../docker-engine.ts';
import { interleave } from '../interleave.ts';
import { compare, type Row } from '../row.ts';
import { runCommand } from '../run-command.ts';
import { type SampleInput, sampleInput } from '../sample-input.ts';
import { startServer } from '../start-server.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const TASKS = 40;
const COUNTS = { rounds: 3, warmUps: 0 };
const RATIO_MAX = 0.8;
const MS_PER_SECOND = 1_000;
const [name, what] = ['docker-burst', `${TASKS} Docker tasks at once, one slot`];
const NOTES = [
  `other side: ${TASKS} times \`docker run --rm -v IN:/input:ro -v OUT:/output IMAGE\` one after another, with the default network.`,
  'ours: from the first POST to the last output read; the end of the oldest task is waited for.',
];

/** Many tasks posted at the same moment to a server with one Docker slot, against the commands typed one after another. */
export async function dockerBurst(bench: Bench): Promise<Row[]> {
  const reason = await dockerReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const input = await sampleInput(folder.path);
  await using image = await copyImage(bench);
  await using server = await startServer(bench);
  await server.client.post(`/api/models/?human_readable_id=copy&container_tag=${image.name}&use_gpu=False`, null);
  const zip = await readFile(input.zip);

  const ours = async () => {
    const begin = performance.now();
    const posts = Array.from({ length: TASKS }, () => server.client.post('/api/tasks/?model_human_readable_id=copy', { zip }));
    for (const uid of await Promise.all(posts)) await server.client.awaitOutput(String(uid));
    return (performance.now() - begin) / MS_PER_SECOND;
  };
  const other = async (round: number) => {
    const output = join(folder.path, `output-${round}`);
    await mkdir(output);
    return await timedRuns(bench, image.name, { input, output });
  };
  const times = await interleave(bench, COUNTS, { ours, other });
  const sides = { name, what, unit: 's', ours: summarise(times.ours), other: summarise(times.other), notes: NOTES } as const;
  return [compare('ratio', sides, { atMost: RATIO_MAX })];
}

async function timedRuns({ signal }: Bench, image: string, folders: { input: SampleInput; output: string }): Promise<number> {
  const { input, output } = folders;
  const outputs = Array.from({ length: TASKS }, (_none, at) => join(output, String(at)));
  for (const each of outputs) await mkdir(each);
  const begin = performance.now();
  for (const each of outputs) {
    await runCommand('docker', ['run', '--rm', '-v', `${input.folder}:/input:ro`, '-v', `${each}:/output`, image], { signal });
  }
  const seconds = (performance.now() - begin) / MS_PER_SECOND;
  for (const each of outputs) await access(join(each, input.file));
  return seconds;
}
