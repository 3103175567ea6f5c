import type { Tables } from '../tables.ts';
import { Lasting } from './lasting.ts';

/** A queued task counts as rung for so long at most after its ring was refused, in milliseconds: what forgets that is under way. */
export const FORGOTTEN_MS = 1_000;

/** What is looked at: `refusals` has when the last ring of a task was refused, unless another is under way, in milliseconds. */
type Seen = { readonly refusals: ReadonlyMap<string, number>; readonly calmSinceMs: number | null; readonly nowMs: number };

/**
 * A task whose ring the broker has refused does not count as rung: it is rung again with the next pass, and not only when the poll of idle
 * consumers finds it. Looked at only where no private API was disturbed since the refusal; told of look after look.
 */
export class RefusedRingsAreForgotten {
  readonly #rung = new Lasting();

  broken(tables: Tables, { refusals, calmSinceMs, nowMs }: Seen): string[] {
    const wasCalm = (atMs: number) => calmSinceMs !== null && atMs >= calmSinceMs;
    const rung = tables.task.filter((task) => task.state === 'queued' && task.rung_at !== null && wasCalm(refusals.get(task.uid) ?? -1));
    return [
      ...this.#rung.look(
        rung.map(({ uid }) => uid),
        nowMs,
      ),
    ].flatMap(([uid, ms]) => (ms > FORGOTTEN_MS ? [`the task ${uid} counts as rung ${ms} ms after its ring was refused`] : []));
  }
}
