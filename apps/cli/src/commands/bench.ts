import { type Client, type Input, openInput, TaskError } from '@inference/client';
import type { Command } from 'commander';
import { BENCH_VIEW, type BenchResult, summaryOf, type Took } from '../admin/bench-result.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { parseWhole } from '../values/parse-whole.ts';

const [COUNT_MAX, PARALLEL_MAX] = [10_000, 100];

type BenchOptions = { readonly count: number; readonly parallel: number };

/** `infer bench`: how many tasks a second, and how long each takes. */
export function benchCommand(cli: Cli): Command {
  return newCommand('bench', 'Measure how fast tasks of a model are done', {
    examples: [
      ['infer bench word-count ./texts', '20 tasks, one after the other'],
      ['infer bench word-count ./texts --count 200 --parallel 8 -o json', '8 at a time, for programs'],
    ],
    exits: ['taskFailed', 'notFound', ...SERVER_EXITS],
  })
    .argument('<model>', 'the id of the model')
    .argument('<path>', 'a folder, a file or a zip')
    .option('-n, --count <number>', 'so many tasks', parseWhole(1, COUNT_MAX), 20)
    .option('-p, --parallel <number>', 'so many at a time', parseWhole(1, PARALLEL_MAX), 1)
    .action(inSession(cli, bench));
}

async function bench(session: Session, model: string, path: string, { count, parallel }: BenchOptions): Promise<number> {
  const { notes, printer, signal } = session;
  const [client, input] = [await session.client(), await openInput(path)];
  const took: Took[] = [];
  let next = 0;
  const startMs = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      next++;
      took.push(await one(client, model, input, signal));
      notes.live(`  ${took.length} of ${count} tasks`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, count) }, lane));
  } finally {
    // The other lanes end after the task that they have under way.
    next = count;
    notes.clear();
  }
  const result: BenchResult = summaryOf({ model, parallel }, took, performance.now() - startMs);
  printer.one(result, BENCH_VIEW);
  return result.failed === 0 ? EXIT.ok : EXIT.taskFailed;
}

/** One task, from the first byte up to the news of its end. */
async function one(client: Client, model: string, input: Input, signal: AbortSignal): Promise<Took> {
  const startMs = performance.now();
  try {
    const { task } = await client.run(model, input, { signal, labels: { bench: 'infer' } });
    return { ms: performance.now() - startMs, waitedMs: (task.timings.waiting_seconds ?? 0) * 1000, hasSucceeded: true };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    return { ms: performance.now() - startMs, waitedMs: 0, hasSucceeded: false };
  }
}
