import { CPU_TASK_SHARE, USE_HALF_LIFE_MS } from '@inference/allocator';
import type { ModelRow, OwnerUseRow, TaskRow } from '../rows.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { modelOf, newestOf } from './related-rows.ts';

const EXPECTED_MS = 60_000;
const OWNERS_LOOKED_AT_MAX = 256;

export function expectedMs(model: ModelRow): number {
  return Number(model.typical_ms ?? EXPECTED_MS);
}

/** The owners with waiting tasks in a pool, and what they have used; those first who have used least. */
export function waitingOwners(db: MemoryDatabase, pool: string): { owner: string; running: number; gpuMillis: number }[] {
  const owners = new Set(db.tasksQueuedIn.get(pool).map(({ owner }) => owner));
  const held = db.tasksHeld.get('held').toSorted((a, b) => a.id - b.id);
  return [...owners]
    .map((owner) => {
      const own = held.filter((task) => task.owner === owner);
      const use = db.useOf.get(owner);
      const millis = own.reduce((sum, task) => sum + millisOf(db, task), 0);
      return { owner, running: own.length, gpuMillis: (use === undefined ? 0 : decayed(db, use)) + millis };
    })
    .toSorted((a, b) => a.gpuMillis - b.gpuMillis || (a.owner < b.owner ? -1 : 1))
    .slice(0, OWNERS_LOOKED_AT_MAX);
}

/** What an attempt under way will have used, in thousandths of a GPU-second. */
function millisOf(db: MemoryDatabase, task: TaskRow): number {
  const attempt = newestOf(db, task);
  const elapsedMs = attempt === undefined ? 0 : db.now().getTime() - attempt.started_at.getTime();
  return shareOf(db, task) * Math.max(expectedMs(modelOf(db, task)), elapsedMs);
}

function shareOf(db: MemoryDatabase, task: TaskRow): number {
  if (task.pool !== 'docker-gpu') return CPU_TASK_SHARE;
  return Math.max(CPU_TASK_SHARE, db.devicesOf.get(task.id).filter(({ attempt }) => attempt === task.attempt).length);
}

export function addUse(db: MemoryDatabase, owner: string, millis: number): void {
  const before = db.useOf.get(owner);
  const added = BigInt(Math.floor(millis));
  if (before === undefined) db.ownerUse.insert({ owner, gpu_millis: added, at: db.now() });
  else db.ownerUse.update(before, { gpu_millis: BigInt(Math.floor(decayed(db, before))) + added, at: db.now() });
}

function decayed(db: MemoryDatabase, { gpu_millis: millis, at }: OwnerUseRow): number {
  return Number(millis) * 2 ** (-Math.max(0, db.now().getTime() - at.getTime()) / USE_HALF_LIFE_MS);
}
