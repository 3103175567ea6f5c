import type { Clock } from '@inference/domain';
import type Docker from 'dockerode';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { delay } from './delay.ts';
import { getAnswer } from './get-answer.ts';
import { waitForEnd } from './wait-for-end.ts';

/** While a model runs, the engine is asked this often whether it still answers, in milliseconds. */
export const ALIVE_EVERY_MS = 30_000;
/** A killed container is gone within this, in milliseconds, or the machine has a fault. */
export const KILL_LIMIT_MS = 30_000;
const NOT_RUNNING = 409;
const NO_SUCH_CONTAINER = 404;

type WaitOptions = { readonly daemon: Daemon; readonly clock: Clock; readonly signal: AbortSignal; readonly stopGraceMs: number };

/**
 * Waits until a started container has ended; when the signal is aborted, ends it by TERM, a grace period and KILL. Answers
 * whether it was stopped; one that had ended before the signal reached it was not. Rejects with `DaemonFault` when the engine is gone, hangs, or cannot end the container.
 */
export async function waitOrStop(container: Docker.Container, options: WaitOptions): Promise<boolean> {
  const { daemon, clock, signal, stopGraceMs } = options;
  const over = new AbortController();
  const ended = daemon.unlimited('wait for a container', (docker) => waitForEnd(docker, container.id, over.signal));
  const hung = engineHangs(daemon, clock, over.signal);
  const aborted = whenAborted(signal, over.signal);
  try {
    if ((await Promise.race([ended, aborted, hung])) === 'ended') return false;
    const grace = delay(stopGraceMs, clock);
    const isThere = await kill(container, 'SIGTERM', daemon);
    const first = await Promise.race([ended, grace.elapsed, hung]);
    grace.cancel();
    if (first === 'ended') return isThere;
    const limit = delay(KILL_LIMIT_MS, clock);
    await kill(container, 'SIGKILL', daemon);
    const last = await Promise.race([ended, limit.elapsed]);
    limit.cancel();
    if (last === 'ended') return true;
    throw new DaemonFault(`Docker did not end a container within ${KILL_LIMIT_MS / 1000} s.`, { status: null, said: 'time limit' });
  } finally {
    over.abort();
    ended.catch(() => {});
    hung.catch(() => {});
  }
}

function whenAborted(signal: AbortSignal, over: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true, signal: over });
  });
}

/** Rejects when the engine stops answering: `wait` alone would wait for ever. */
async function engineHangs(daemon: Daemon, clock: Clock, over: AbortSignal): Promise<never> {
  for (;;) {
    const pause = delay(ALIVE_EVERY_MS, clock);
    over.addEventListener('abort', pause.cancel, { once: true });
    await pause.elapsed;
    over.removeEventListener('abort', pause.cancel);
    await daemon.call('answer', DAEMON_LIMITS_MS.look, (docker, abortSignal) => getAnswer(docker, '/_ping', abortSignal));
  }
}

/** Sends a signal to a container. False: it has ended by itself meanwhile. */
async function kill(container: Docker.Container, signal: 'SIGTERM' | 'SIGKILL', daemon: Daemon): Promise<boolean> {
  try {
    await daemon.call('stop a container', DAEMON_LIMITS_MS.change, (_docker, abortSignal) => container.kill({ signal, abortSignal }));
    return true;
  } catch (error) {
    if (error instanceof DaemonFault && (error.status === NOT_RUNNING || error.status === NO_SUCH_CONTAINER)) return false;
    throw error;
  }
}
