import { allocate, type Blocker, type Shortage } from '@inference/allocator';
import type { Pool, ResourceAsks } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { NodeRow } from '../store/queue-store.ts';
import { requestFor, situationOf } from './situation-of.ts';

const GIB = 1024 ** 3;

/**
 * Why no machine could ever run what asks for this, in a sentence; null where one could, or nobody knows. Every consumer counts that is known and
 * was not removed by an operator, whether it is there now or not.
 */
export async function judgeAsks(deps: Deps, pool: Pool, asks: ResourceAsks): Promise<string | null> {
  const nodes = await deps.store.listNodes(pool);
  // Those that do not say what they have may have it.
  if (nodes.length === 0 || nodes.some(({ node }) => node === null)) return null;
  const { waits } = allocate({
    ...situationOf(pool, { nowMs: 0, nodes: nodes.map(asFree), holds: [], waiting: [] }),
    requests: [requestFor(pool, asks)],
  });
  const blocker = waits[0]?.blocker;
  return blocker === undefined ? null : obstacleSentence(blocker);
}

/** A machine as if nothing were wrong with it. */
function asFree(row: NodeRow): NodeRow {
  const { node } = row;
  const devices = node?.devices.map((device) => ({ ...device, trouble: null })) ?? [];
  return { ...row, isTroubled: false, isSilent: false, node: node === null ? null : { ...node, devices } };
}

/** What no machine has, for people; null where it is only a matter of time. */
export function obstacleSentence(blocker: Blocker): string | null {
  if (blocker.kind === 'labels')
    return `No machine has the ${blocker.missing.length === 1 ? 'label' : 'labels'} ${blocker.missing.join(', ')}. Ask for others, or have the admin set NODE_LABELS.`;
  if (blocker.kind !== 'impossible') return null;
  if (blocker.shortages.length === 0)
    return 'No machine has all that it asks for together, though each of it is somewhere. Ask for less of it.';
  return `No machine has what it asks for: ${blocker.shortages.map(shortage).join('; ')}. Ask for less, or add a machine that has it.`;
}

const WORDS: Readonly<Record<Shortage['what'], (amount: number) => string>> = {
  gpus: (amount) => `${amount} ${amount === 1 ? 'GPU' : 'GPUs'}`,
  gpuMemoryBytes: (amount) => `${gib(amount)} of memory in each GPU`,
  cpuMillis: (amount) => `${amount / 1000} CPUs`,
  memoryBytes: (amount) => `${gib(amount)} of memory`,
  shmBytes: (amount) => `${gib(amount)} of shared memory`,
  scratchBytes: (amount) => `${gib(amount)} of disk`,
};

function shortage({ what, asked, largest }: Shortage): string {
  return `${WORDS[what](asked)}, where the largest has ${WORDS[what](largest)}`;
}

function gib(bytes: number): string {
  return `${Math.round((bytes / GIB) * 10) / 10} GiB`;
}

/** An amount of something for people, such as "2 GPUs" or "1.5 GiB of memory". */
export function amountOf(what: Shortage['what'], amount: number): string {
  return WORDS[what](amount);
}
