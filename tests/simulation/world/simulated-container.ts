import type { RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import type { ProcessLife } from './process-life.ts';

/** A container: it outlives the process that started it, and ends with its machine. */
export type SimulatedContainer = {
  readonly key: string;
  readonly order: RunOrder;
  state: 'created' | 'running' | 'ended';
  /** Whether it hangs, and does nothing meanwhile. */
  isIdle: boolean;
  end: RunEnd;
  readonly ended: PromiseWithResolvers<void>;
  cancel: () => void;
  /** Who waits for its end, and hears that it closes its output. */
  follower: { readonly life: ProcessLife; readonly observer: RunObserver } | null;
  isTold: boolean;
  /** Whether its follower was told that it hangs. */
  isHung: boolean;
};
