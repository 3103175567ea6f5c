import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';

const INTERVAL_MS = 60_000;

/** Notes how long the attempts of models take: turns, expected starts and backfill behind reservations go by it. */
export function measureModels(deps: Pick<Deps, 'store'>): Loop {
  return {
    name: 'measure-models',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      await deps.store.measureModels();
    },
  };
}
