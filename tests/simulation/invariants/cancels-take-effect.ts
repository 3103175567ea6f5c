import type { Tables } from '../tables.ts';
import { Lasting } from './lasting.ts';

/**
 * A task that is being cancelled is cancelled within so long in calm times, in milliseconds: its holder hears of it when it renews, and stops
 * its model in some seconds; where it has none, its lease ends after 30 s.
 */
export const CANCELLED_MS = 45_000;

/** In calm times a cancel takes effect soon. Told of look after look; counts only what was so at every look in between. */
export class CancelsTakeEffect {
  readonly #cancelling = new Lasting();

  broken(tables: Tables, isCalm: boolean, nowMs: number): string[] {
    const cancelling = isCalm ? tables.task.filter(({ state }) => state === 'cancelling').map(({ uid }) => uid) : [];
    return [...this.#cancelling.look(cancelling, nowMs)].flatMap(([uid, ms]) =>
      ms > CANCELLED_MS ? [`the task ${uid} is being cancelled for more than ${CANCELLED_MS / 1000} calm seconds`] : [],
    );
  }
}
