import { systemClock } from '@inference/domain';
import type { RunOrder } from '../model-runtime.ts';
import { createProcessRuntime } from '../process/create-process-runtime.ts';
import type { Isolation } from '../process/sandbox-plan.ts';

/**
 * A consumer of its own for tests: runs one order in the process runtime and writes what it hears as lines of JSON.
 * Argument: JSON of `{ modelsFolder, isolation, order }`.
 */
const { modelsFolder, isolation, order } = JSON.parse(process.argv[2] ?? '') as {
  modelsFolder: string;
  isolation: Isolation;
  order: RunOrder;
};
const tell = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const runtime = await createProcessRuntime({ modelsFolder, isolation, clock: systemClock, stopGraceMs: 300 });
const observer = { onProgress: () => {}, onOutput: (stream: string, text: string) => tell({ [stream]: text }), onClosing: () => {} };
tell({ end: await runtime.run(order, null, observer, new AbortController().signal) });
