import type { NewId } from '@inference/domain';
import type { Store } from '@inference/private-api';
import type { Random } from './random.ts';
import type { Trace } from './silent-log.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { StoreFaults } from './simulated-store.ts';
import type { Timeline } from './timeline.ts';

/** What everybody in a simulated world shares. */
export type WorldParts = {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly broker: SimulatedBroker;
  readonly store: Store;
  readonly storeFaults: StoreFaults;
  readonly newId: NewId;
  readonly trace: Trace;
};
