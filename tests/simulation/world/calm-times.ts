import { CancelsTakeEffect } from '../invariants/cancels-take-effect.ts';
import { StopsAreHeard } from '../invariants/stops-are-heard.ts';
import type { Tables } from '../tables.ts';
import type { ConsumerMachine } from './consumer-machine.ts';

/** Looks at what must come soon where nothing is wrong: `broken` is called again and again. */
export class CalmTimes {
  readonly #stopsAreHeard = new StopsAreHeard();
  readonly #cancelsTakeEffect = new CancelsTakeEffect();

  /** @param areServicesCalm nothing is wrong with the private APIs and their database */
  broken(tables: Tables, consumers: readonly ConsumerMachine[], now: { readonly areServicesCalm: boolean; readonly ms: number }): string[] {
    const machines = consumers.map(({ name, isCalm, engine }) => ({
      name,
      isCalm: isCalm && now.areServicesCalm,
      containers: engine.containers(),
    }));
    const isCalm = machines.every((machine) => machine.isCalm);
    return [...this.#stopsAreHeard.broken(tables, machines, now.ms), ...this.#cancelsTakeEffect.broken(tables, isCalm, now.ms)];
  }
}
