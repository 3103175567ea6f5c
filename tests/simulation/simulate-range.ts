import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The schedules of these seeds: so many, from the first on. */
export type Range = { readonly first: number; readonly count: number };
/** What became of a range: null where nothing was broken, else what was and with which seed. */
export type Done = { readonly broken: string | null };

const PROGRAM = fileURLToPath(new URL('./schedule-process.ts', import.meta.url));
/** A process is given so many schedules at a time. */
const SCHEDULES_AT_A_TIME = 50;
/** What a schedule leaves is soon forgotten: with Node's own choice it would be taken for lasting, and looked through again and again. */
const FLAGS = ['--max-semi-space-size=16'];

/**
 * Runs the schedules of a range, in as many processes as there are cores, until one of them breaks something. Threads of one process would
 * take a quarter longer.
 *
 * @throws Error that says what was broken and with which seed, once no process runs any more
 */
export async function simulateRange({ first, count }: Range, { isShrunk = true }: { isShrunk?: boolean } = {}): Promise<void> {
  const end = first + count;
  let next = first;
  const take = (): Range | null => {
    const range = { first: next, count: Math.min(SCHEDULES_AT_A_TIME, end - next) };
    next += range.count;
    return range.count > 0 ? range : null;
  };
  const runProcess = async () => {
    let child: ChildProcess | null = null;
    try {
      child = fork(PROGRAM, [], { execArgv: FLAGS });
      for (let range = take(); range !== null; range = take()) {
        const { broken } = await answerOf(child, { range, isShrunk });
        if (broken !== null) throw new Error(broken);
      }
    } catch (error) {
      // The other processes end with what they have in hand.
      next = end;
      throw error;
    } finally {
      if (child !== null) await ended(child);
    }
  };
  const processes = Array.from({ length: Math.min(availableParallelism(), Math.ceil(count / SCHEDULES_AT_A_TIME)) }, runProcess);
  const all = await Promise.allSettled(processes);
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

async function answerOf(child: ChildProcess, message: { range: Range; isShrunk: boolean }): Promise<Done> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    child.send(message);
    const answer = once(child, 'message', { signal }).then(([done]) => done as Done);
    const gone = once(child, 'exit', { signal }).then(([code, killedBy]) => {
      const { first, count } = message.range;
      throw new Error(`The process of the schedules of the seeds ${first} to ${first + count - 1} ended: ${code ?? killedBy}.`);
    });
    return await Promise.race([answer, gone]);
  } finally {
    waiting.abort();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
