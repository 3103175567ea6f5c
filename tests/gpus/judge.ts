import type { Figures } from './compare-policies.ts';
import type { PolicyName } from './policies.ts';

/** So much of greedy's 95th percentile 8-GPU tasks may wait at most. */
const EIGHT_P95_SHARE_MAX = 1 / 3;
/** The use of the GPUs may be so much below greedy's, as a share of it. */
const USE_LOSS_MAX = 0.01;

/** What the product's allocator misses of what it promises against greedy, in sentences; none: it keeps all of it. */
export function judge({ greedy, 'reserve + backfill': ours }: Record<PolicyName, Figures>): readonly string[] {
  const missed: string[] = [];
  const eightMax = greedy.eightP95 * EIGHT_P95_SHARE_MAX;
  if (!(ours.eightP95 <= eightMax)) missed.push(`8-GPU tasks wait ${ours.eightP95.toFixed(0)} s (p95), at most ${eightMax.toFixed(0)} s`);
  if (!(ours.oneP95 < greedy.oneP95))
    missed.push(`1-GPU tasks wait ${ours.oneP95.toFixed(0)} s (p95), not below ${greedy.oneP95.toFixed(0)} s`);
  const useMin = greedy.use * (1 - USE_LOSS_MAX);
  if (!(ours.use >= useMin)) missed.push(`use of the GPUs is ${ours.use.toFixed(3)}, at least ${useMin.toFixed(3)}`);
  return missed;
}
