import { AppError } from '@inference/domain';
import { directControlPlane } from '@inference/private-api';
import type { SimulatedPostgres } from '../conformance/simulated-postgres.ts';
import { brokenInvariants } from '../invariants/broken-invariants.ts';
import { Actor, type Shared } from './actor.ts';
import { Cards } from './cards.ts';
import { scenarioDeps } from './scenario-world.ts';

/** Who acts at the same time, ... */
const ACTORS = 8;
/** ... how often each, ... */
const ACTS = 14;
/** ... and how long each pauses between two acts at most, in milliseconds. */
const PAUSE_MS_MAX = 4;
/** Tasks with GPUs under way at the same time, from one to so many at most: fewer than there are GPUs. */
const GPU_TASKS_MAX = 4;

/** What a scenario came to. `broken`: what does not hold afterwards, and errors that no caller expects. */
export type ScenarioEnd = { readonly broken: readonly string[]; readonly acts: number; readonly claims: number };

/**
 * Has several actors use the services at once, on a real database, and looks at the tables once all are done. The seed decides who does
 * what; which comes first is the machine's choice, so a run can find what the next run of the same seed does not.
 */
export async function runScenario(postgres: SimulatedPostgres, seed: number): Promise<ScenarioEnd> {
  await postgres.empty();
  const { deps, stored } = scenarioDeps(postgres.store, randomOf(seed));
  const model = { image: 'echo:1', memoryBytes: 1, shmBytes: 1, pidsMax: 1, timeMs: 1_000 };
  await deps.store.insertModel({ ...model, uid: 'm', humanReadableId: 'echo', useGpu: false });
  await deps.store.insertModel({ ...model, uid: 'n', humanReadableId: 'train', useGpu: true, runningMax: 1 + (seed % GPU_TASKS_MAX) });
  const told = { claimed: new Map(), pinned: new Map(), boots: new Map(), cards: new Cards() };
  const shared: Shared = { uids: [], leases: [], ...told, wasLost: (attempt) => wasLost(postgres, attempt) };
  const unexpected: string[] = [];
  const play = async (index: number) => {
    const random = randomOf(seed * ACTORS + index);
    const actor = new Actor(deps, shared, { index, random });
    for (let act = 0; act <= ACTS; act++) {
      await (act === 0 ? actor.start() : actor.act()).catch((error: unknown) => {
        // A refusal is an answer, unless it is of something that is never right.
        if (!(error instanceof AppError) || error.code === 'invalid_request')
          unexpected.push(`an actor met: ${error instanceof Error ? error.stack : String(error)}`);
      });
      await new Promise<void>((resolve) => setTimeout(resolve, random() * PAUSE_MS_MAX));
    }
  };
  await Promise.all(Array.from({ length: ACTORS }, (_, index) => play(index)));
  // What is told free is: nothing holds a device once nothing runs any more.
  for (const lease of shared.leases) await directControlPlane(deps).freeDevices(lease);
  const tables = await postgres.dump();
  const held = tables.device_lease.filter(({ ended_at }) => ended_at === null);
  const broken = [
    ...unexpected,
    ...brokenInvariants(tables, stored),
    ...doubleClaims(shared.claimed, tables.attempt.length),
    ...held.map(({ device_uuid: uuid, task_id: id, attempt }) => `${uuid} is held by task ${id}/${attempt}, though all were told free`),
  ];
  return { broken, acts: ACTORS * ACTS, claims: tables.attempt.length };
}

async function wasLost({ db }: SimulatedPostgres, { taskUid, attempt }: { taskUid: string; attempt: number }): Promise<boolean> {
  const found = await db.$queryRaw<object[]>`
    SELECT 1 FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = ${attempt} WHERE t.uid = ${taskUid} AND (
      a.outcome = 'lost' OR t.deleted_at IS NOT NULL
      OR EXISTS (SELECT 1 FROM event e WHERE e.task_id = t.id AND e.attempt = a.number AND e.text LIKE '%fell silent%'))`;
  return found.length > 0;
}

/** Every attempt was handed to the one claim that made it. */
function doubleClaims(claimed: ReadonlyMap<string, string>, attempts: number): string[] {
  return claimed.size === attempts ? [] : [`${claimed.size} attempts were handed out, and ${attempts} are in the table`];
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
