import { CancelsTakeEffect } from '../invariants/cancels-take-effect.ts';
import { RefusedRingsAreForgotten } from '../invariants/refused-rings-are-forgotten.ts';
import { StopsAreHeard } from '../invariants/stops-are-heard.ts';
import type { Tables } from '../tables.ts';
import type { ConsumerMachine } from './consumer-machine.ts';

type Now = {
  /** Nothing is wrong with the private APIs and their database. */
  readonly areServicesCalm: boolean;
  /** How often a private API was killed or frozen. */
  readonly disturbances: number;
  /** By task: when the broker refused its last ring, in milliseconds. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly ms: number;
};

/** Looks at what must come soon where nothing is wrong: `broken` is called again and again. */
export class CalmTimes {
  readonly #stopsAreHeard = new StopsAreHeard();
  readonly #cancelsTakeEffect = new CancelsTakeEffect();
  readonly #refusedRings = new RefusedRingsAreForgotten();
  #disturbances = 0;
  #calmSinceMs: number | null = null;

  broken(tables: Tables, consumers: readonly ConsumerMachine[], now: Now): string[] {
    const machines = consumers.map(({ name, isCalm, engine }) => ({
      name,
      isCalm: isCalm && now.areServicesCalm,
      containers: engine.containers(),
    }));
    const isCalm = machines.every((machine) => machine.isCalm);
    const calmSinceMs = this.#servicesCalmSince(now);
    return [
      ...this.#stopsAreHeard.broken(tables, machines, now.ms),
      ...this.#cancelsTakeEffect.broken(tables, isCalm, now.ms),
      ...this.#refusedRings.broken(tables, { refusals: now.refusals, calmSinceMs, nowMs: now.ms }),
    ];
  }

  /** Since when no private API was disturbed, and nothing is wrong with them, as far as looks tell; null: something is. */
  #servicesCalmSince({ areServicesCalm, disturbances, ms }: Now): number | null {
    if (!areServicesCalm) this.#calmSinceMs = null;
    else if (this.#calmSinceMs === null || disturbances !== this.#disturbances) this.#calmSinceMs = ms;
    this.#disturbances = disturbances;
    return this.#calmSinceMs;
  }
}
