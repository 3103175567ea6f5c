import type { Tables } from '../tables.ts';
import { Lasting } from './lasting.ts';
import { attemptsOf } from './rows-of-task.ts';

/** A container as its engine knows it. */
export type SeenContainer = {
  /** The uid of its task and the number of its attempt: "uid/1". */
  readonly key: string;
  readonly gpuUuids: readonly string[];
  readonly isRunning: boolean;
  /** A consumer that lives waits for its end. */
  readonly isFollowed: boolean;
  /** It was told to stop. */
  readonly isTold: boolean;
  /** The consumer that follows it was told that it hangs. */
  readonly isHung: boolean;
};

/** A machine with its containers. `isCalm`: nothing is wrong with it, with its way to the private APIs, or with these. */
export type SeenMachine = { readonly name: string; readonly isCalm: boolean; readonly containers: readonly SeenContainer[] };

/** A model whose attempt need not go on is told to stop within so long, in milliseconds: its consumer renews the lease every 10 s, ... */
export const HEARD_MS = 15_000;
/** ... and its container is gone within this: what could not be removed at once, the sweep of every minute removes. */
export const GONE_MS = 75_000;

const FINAL: readonly string[] = ['succeeded', 'failed', 'cancelled'];

/**
 * In calm times no container outlives its attempt for long: one whose attempt has ended, was followed by another, or is cancelled is told
 * to stop, and removed; so is one that hangs. Told of look after look; counts only what was so at every look in between.
 */
export class StopsAreHeard {
  readonly #unneeded = new Lasting();

  broken(tables: Tables, machines: readonly SeenMachine[], nowMs: number): string[] {
    const calm = machines.flatMap(({ name, isCalm, containers }) => (isCalm ? containers.map((one) => ({ ...one, machine: name })) : []));
    const unneeded = calm.filter(({ key, isHung }) => isHung || isOver(tables, key));
    const lasting = this.#unneeded.look(
      unneeded.map(({ machine, key }) => `${machine} ${key}`),
      nowMs,
    );
    return unneeded.flatMap(({ machine, key, isRunning, isFollowed, isTold }) => {
      const ms = lasting.get(`${machine} ${key}`) ?? 0;
      const where = `the container of ${key} on ${machine}, whose attempt need not go on,`;
      if (ms > GONE_MS) return [`${where} is there after ${GONE_MS / 1000} calm seconds`];
      return ms > HEARD_MS && isRunning && isFollowed && !isTold
        ? [`${where} was not told to stop in ${HEARD_MS / 1000} calm seconds`]
        : [];
    });
  }
}

/** Whether nobody needs the attempt any more. One that was lost may come back while nobody else has claimed its task. */
function isOver(tables: Tables, key: string): boolean {
  const [uid, number] = key.split('/');
  const task = tables.task.find((row) => row.uid === uid);
  if (task === undefined) return false;
  if (task.attempt !== Number(number) || task.state === 'cancelling' || FINAL.includes(task.state)) return true;
  const outcome = attemptsOf(tables, task).find((attempt) => attempt.number === task.attempt)?.outcome ?? null;
  return outcome !== null && outcome !== 'lost';
}
