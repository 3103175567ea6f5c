import { Readable } from 'node:stream';
import { type Clock, systemClock, ZIP_LIMITS } from '@inference/domain';
import { zipOf } from '@inference/testing';
import type { Deps } from '../deps.ts';
import { directControlPlane } from '../direct-control-plane.ts';
import { TaskFeeds } from '../feed/task-feeds.ts';
import { createLocalNews } from '../news/create-local-news.ts';
import { cancelTask } from '../services/cancel-task.ts';
import { changeModel } from '../services/change-model.ts';
import { finishAttempt } from '../services/finish-attempt.ts';
import { keepLive } from '../services/keep-live.ts';
import { putOutput } from '../services/put-output.ts';
import { revokeKey } from '../services/revoke-key.ts';
import { givenKey } from './given-key.ts';
import { CONSUMER_KEY } from './serve-private-api.ts';
import { claimed, givenModel, givenTask, type LiveDeps, TESTER, testDeps } from './test-deps.ts';
import { testMachine } from './test-machine.ts';
import { ADMIN_KEY } from './v1-client.ts';

/** Inputs may have so many bytes: few enough that a test can send more. */
const ARCHIVE_BYTES_MAX = 256 * 1024;
/** Keys that a refill makes. */
const SPARE_KEYS = 8;
const NO_TAILS = { stdout: ['out'], stderr: ['err'] };

/** What is in the database that hostile requests are sent to: names of things of every kind, and keys, good and bad. */
export type HostileWorld = {
  readonly deps: LiveDeps;
  /** Where its files lie. */
  readonly folder: string;
  readonly adminKey: string;
  readonly goodKeys: readonly string[];
  /** Without the scope that a route wants, revoked, expired. */
  readonly poorKeys: readonly string[];
  readonly models: readonly string[];
  readonly tasks: string[];
  readonly keyPrefixes: string[];
  /** Adds tasks in every state, and keys, to those that are there: requests use them up. */
  refill(): Promise<void>;
};

/** A clock on which a minute is over in 60 ms: what waits does wait, and nobody waits long. */
const HURRIED: Clock = {
  monotonicMs: () => systemClock.monotonicMs() * 1_000,
  uptimeMs: () => systemClock.uptimeMs() * 1_000,
  after: (delayMs, tick) => systemClock.after(delayMs / 1_000, tick),
};

/** A real private API, less its server, with models, tasks in every state, and keys. */
export async function hostileWorld(): Promise<HostileWorld> {
  const settings = { adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY, legacyAnonymous: true };
  const made = await testDeps({ ...settings, zipLimits: { ...ZIP_LIMITS, archiveBytesMax: ARCHIVE_BYTES_MAX } });
  const news = createLocalNews(HURRIED);
  const deps = { ...made, clock: HURRIED, news, feeds: new TaskFeeds({ ...made, clock: HURRIED, news }) };
  for (const id of ['echo', 'closed', 'a.b-c_d']) await givenModel(deps, id);
  await changeModel(deps, 'closed', { disabled: true }, TESTER);
  const good = [await givenKey(deps, 'tester'), await givenKey(deps, 'other')];
  const [revoked, expired] = [await givenKey(deps, 'tester'), await givenKey(deps, 'tester', ['read'])];
  const none = await givenKey(deps, 'tester', ['consumer']);
  await deps.db.$executeRaw`UPDATE api_key SET expires_at = now() - interval '1 day' WHERE prefix = ${prefixIn(expired)}`;
  await revokeKey(deps, TESTER, prefixIn(revoked));
  const tasks: string[] = [];
  const keyPrefixes = [prefixIn(revoked)];
  const world = {
    deps,
    folder: made.folder,
    adminKey: ADMIN_KEY,
    goodKeys: [...good, ADMIN_KEY],
    poorKeys: [none, revoked, expired, CONSUMER_KEY],
    models: ['echo', 'closed', 'a.b-c_d'],
    tasks,
    keyPrefixes,
    refill: async () => {
      // By its own clock: on the hurried one whoever claims has waited for too long.
      tasks.unshift(...(await tasksOfEveryState({ ...deps, clock: made.clock })));
      // Never those that the requests themselves come with.
      for (let at = 0; at < SPARE_KEYS; at++) keyPrefixes.unshift(prefixIn(await givenKey(deps, 'spare')));
    },
  };
  await world.refill();
  return world;
}

async function tasksOfEveryState(deps: Deps): Promise<string[]> {
  // Requests ask for processor cores and room, which is given out only of a machine that has said what it has; and a request may have forgotten it.
  const hello = { consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu' as const], gpus: 0, trouble: {} };
  await directControlPlane(deps).hello({ ...hello, node: testMachine(0, 'c1') });
  // A request may have disabled it, or have said how many of its tasks run, and what for.
  const open = { disabled: false, resources: {}, quotas: { running_tasks: null, queued_tasks: null } };
  await changeModel(deps, 'echo', open, TESTER);
  const uids: string[] = [];
  for (const owner of ['tester', 'tester', 'other']) {
    for (const end of ['succeed', 'fail', 'run'] as const) uids.push(await startedTask(deps, owner, end));
    uids.push(await givenTask(deps, 'echo', undefined, owner));
    const cancelled = await givenTask(deps, 'echo', undefined, owner);
    await cancelTask(deps, cancelled, null, TESTER);
    uids.push(cancelled);
  }
  return uids;
}

async function startedTask(deps: Deps, owner: string, end: 'succeed' | 'fail' | 'run'): Promise<string> {
  await givenTask(deps, 'echo', undefined, owner);
  const attempt = await claimed(deps);
  const piece = { stream: 'stdout', offset: 0, text: 'one line\nand another\n', open: false } as const;
  await keepLive(deps, attempt, { pieces: [piece], progress: { fraction: 0.5, text: 'half' } });
  if (end === 'succeed') {
    const zip = await zipOf({ 'out.txt': 'result', 'folder/ünicode name.txt': 'x'.repeat(1000) });
    const output = await putOutput(deps, attempt, Readable.from([zip]));
    await finishAttempt(deps, attempt, { kind: 'succeed', output, warnings: [] }, NO_TAILS);
  }
  const failure = { class: 'model_error', reason: 'The model ended with exit code 3.', exitCode: 3 } as const;
  if (end === 'fail') await finishAttempt(deps, attempt, { kind: 'fail', failure }, NO_TAILS);
  return attempt.taskUid;
}

function prefixIn(key: string): string {
  return /^isk_(.{8})/.exec(key)?.[1] ?? '';
}
