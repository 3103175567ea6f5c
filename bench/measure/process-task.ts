import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { interleave } from '../interleave.ts';
import { compare, type Row } from '../row.ts';
import { runCommand } from '../run-command.ts';
import { sampleInput } from '../sample-input.ts';
import { startServer } from '../start-server.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const COUNTS = { rounds: 31, warmUps: 4 };
const POLL_MS = 2;
const MORE_MS_MAX = 60;
const MODEL = 'word-count';
const PROGRAM = join(import.meta.dirname, '..', '..', 'examples', 'models', MODEL, `${MODEL}.mjs`);
const [name, what] = ['process-task', 'Process task, from its POST to its output in hand'];
const NOTES = [
  `other side: the same program (\`node ${MODEL}.mjs\`) on the same input, extracted already, without a sandbox.`,
  `ours ends with the output read, asked for ${POLL_MS} ms after each answer.`,
];

/** One task of a shipped folder model against its bare command: what the server adds, sandbox and zips included. */
export async function processTask(bench: Bench): Promise<Row[]> {
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const input = await sampleInput(folder.path);
  await using server = await startServer(bench);
  const zip = await readFile(input.zip);

  const ours = async () => {
    const begin = performance.now();
    const uid = await server.client.post(`/api/tasks/?model_human_readable_id=${MODEL}`, { zip });
    await server.client.waitForOutput(String(uid), POLL_MS);
    return performance.now() - begin;
  };
  const other = async (round: number) => {
    const output = join(folder.path, `output-${round}`);
    await mkdir(output);
    const env = { INPUT_DIR: input.folder, OUTPUT_DIR: output };
    const begin = performance.now();
    await runCommand(process.execPath, [PROGRAM], { signal: bench.signal, env });
    const ms = performance.now() - begin;
    await access(join(output, 'word-count.csv'));
    return ms;
  };
  const times = await interleave(bench, COUNTS, { ours, other });
  const sides = { name, what, unit: 'ms', ours: summarise(times.ours), other: summarise(times.other), notes: NOTES } as const;
  return [compare('difference', sides, { atMost: MORE_MS_MAX })];
}
