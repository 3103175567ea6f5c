import { type LogStream, systemClock } from '@inference/domain';
import type { FromLauncher, ToLauncher } from './launcher-messages.ts';
import { OutputSender } from './output-sender.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';

// The program of a launcher: runs what it is told to, until its consumer goes away.
// The channel closes when the consumer dies, however it dies; the sandboxes die with this process.
process.once('disconnect', () => process.exit(0));

type Run = { readonly output: OutputSender; readonly stop: AbortController };
const runs = new Map<number, Run>();

process.on('message', (message: ToLauncher) => {
  if (message.kind === 'run') void run(message);
  if (message.kind === 'stop') runs.get(message.id)?.stop.abort();
  if (message.kind === 'taken') runs.get(message.id)?.output.taken(message.stream);
});

async function run({ id, plan, stopGraceMs }: ToLauncher & { kind: 'run' }): Promise<void> {
  const output = new OutputSender(
    (stream: LogStream, bytes) => tell({ kind: 'output', id, stream, bytes }),
    () => tell({ kind: 'closing', id }),
  );
  const onStarted = (pid: number) => tell({ kind: 'started', id, pid });
  const stop = new AbortController();
  runs.set(id, { output, stop });
  const end = await runProcess(plan, { output, signal: stop.signal, stopGraceMs, clock: systemClock, onStarted }).catch(faultOf);
  runs.delete(id);
  tell({ kind: 'end', id, end });
}

function faultOf(error: Error): ProcessEnd {
  return { kind: 'fault', reason: `The model could not be run: ${error.message}.` };
}

function tell(message: FromLauncher): void {
  // A consumer that is gone hears nothing; 'disconnect' ends this process.
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
