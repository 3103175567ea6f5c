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

const COUNTS = { rounds: 21, warmUps: 2 };
const RATIO_MAX = 1;
const [name, what] = ['docker-task', 'Docker task, from its acceptance to its output'];
const NOTES = [
  'other side: `docker run --rm --network none -v IN:/input:ro -v OUT:/output IMAGE`, the same image and the same files.',
  'ours ends with the output read; its end is waited for with `GET /api/v1/tasks/ID?wait=30`.',
];

/** One task of a container model against the command that a person would type for it. */
export async function dockerTask(bench: Bench): Promise<Row[]> {
  const reason = await dockerReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const input = await sampleInput(folder.path);
  await using image = await copyImage(bench);
  await using server = await startServer(bench);
  await server.client.post(`/api/models/?human_readable_id=copy&container_tag=${image.name}&use_gpu=False`, null);
  const zip = await readFile(input.zip);

  const ours = async () => {
    const uid = await server.client.post('/api/tasks/?model_human_readable_id=copy', { zip });
    const begin = performance.now();
    await server.client.awaitOutput(String(uid));
    return performance.now() - begin;
  };
  const other = (round: number) => timedDockerRun(bench, image.name, { input, output: join(folder.path, `output-${round}`) });
  const times = await interleave(bench, COUNTS, { ours, other });
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes: NOTES } as const;
  return [compare('ratio', sides, { atMost: RATIO_MAX })];
}

async function timedDockerRun(bench: Bench, image: string, folders: { input: SampleInput; output: string }): Promise<number> {
  const { input, output } = folders;
  await mkdir(output);
  const volumes = ['-v', `${input.folder}:/input:ro`, '-v', `${output}:/output`];
  const begin = performance.now();
  await runCommand('docker', ['run', '--rm', '--network', 'none', ...volumes, image], { signal: bench.signal });
  const ms = performance.now() - begin;
  await access(join(output, input.file));
  return ms;
}
