import { systemClock } from '@inference/domain';
import type { RunOrder } from '../model-runtime.ts';
import { createProcessRuntime } from '../process/create-process-runtime.ts';
import type { Isolation } from '../process/sandbox-plan.ts';

/**
 * A consumer of its own for tests: runs one order in the process runtime and writes what it hears as lines of JSON.
 * Argument: JSON of `{ modelsFolder, isolation, order }`; `consumer` is for what survives it, and `killedAfterMs` has it killed so long after
 * the run has begun.
 */
const { order, killedAfterMs, ...options } = JSON.parse(process.argv[2] ?? '') as {
  modelsFolder: string;
  isolation: Isolation;
  order: RunOrder;
  consumer?: string;
  killedAfterMs?: number;
};
const tell = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const runtime = await createProcessRuntime({ ...options, clock: systemClock, stopGraceMs: 300 });
if (killedAfterMs !== undefined) setTimeout(() => process.kill(process.pid, 'SIGKILL'), killedAfterMs);
const onOutput = (stream: string, text: string) => tell({ [stream]: text });
const observer = { onProgress: () => {}, onOutput, onClosing: () => {}, onHung: () => {} };
tell({ end: await runtime.run(order, null, observer, new AbortController().signal) });
