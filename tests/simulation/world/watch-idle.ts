import type { SimulatedContainer } from './simulated-container.ts';
import type { Timeline } from './timeline.ts';

const HUNG = { class: 'timeout', reason: 'The model did nothing.' } as const;

/** Tells the follower of a model that does nothing, once it was seen to do so for as long as it may; the returned function ends that. */
export function watchIdle(timeline: Timeline, container: SimulatedContainer, { life, observer }: Follower): () => void {
  const { hangMs } = container.order.model.limits;
  container.isHung = false;
  if (!container.isIdle || hangMs === null) return () => {};
  return timeline.after(hangMs, () =>
    life.when(() => {
      container.isHung = true;
      observer.onHung(HUNG);
    }),
  );
}

type Follower = NonNullable<SimulatedContainer['follower']>;
