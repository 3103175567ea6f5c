import { Readable } from 'node:stream';
import type { ClaimedAttempt } from '@inference/contracts';
import type { Database } from '@inference/database';
import { newId, type Outcome, type Pool } from '@inference/domain';
import { openDiskFileStore } from '@inference/files';
import { createInProcessQueue } from '@inference/queue';
import { createLog } from '@inference/service';
import { FakeClock, testDatabase, testFolder, zipOf } from '@inference/testing';
import { createZipChecker } from '@inference/zips';
import { onTestFinished } from 'vitest';
import { createPostgresStore } from '../create-postgres-store.ts';
import type { Deps } from '../deps.ts';
import { directControlPlane } from '../direct-control-plane.ts';
import { TaskFeeds } from '../feed/task-feeds.ts';
import { createLocalNews } from '../news/create-local-news.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import { putOutput } from '../services/put-output.ts';
import { registerModel } from '../services/register-model.ts';
import { modelForTask, submitTask } from '../services/submit-task.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';

/** What tests work with: the database too, to look at its tables. */
export type TestDeps = Deps & { readonly db: Database; readonly clock: FakeClock; readonly folder: string };

/** The same with a clock that goes. */
export type LiveDeps = Deps & { readonly db: Database };

/** Everything the private API needs, real: a database, a disk and zip checkers of the test's own; only the clock stands still. */
export async function testDeps(settings: Partial<Settings> = {}): Promise<TestDeps> {
  const { db } = await testDatabase();
  const store = createPostgresStore(db);
  const folder = await testFolder();
  const all = { ...DEFAULT_SETTINGS, relayToken: 'relay-token', ...settings };
  const zips = createZipChecker({ processes: 1, limits: all.zipLimits });
  onTestFinished(() => zips.close());
  const files = await openDiskFileStore(folder);
  const log = createLog({ level: 'silent' });
  const clock = new FakeClock();
  const [queue, news] = [createInProcessQueue(), createLocalNews(clock)];
  const feeds = new TaskFeeds({ store, news, clock, log });
  return {
    db,
    store,
    files,
    queue,
    news,
    feeds,
    zips,
    clock,
    newId,
    random: () => 0,
    decisions: new OneAtATime(),
    log,
    settings: all,
    folder,
  };
}

/** Who does things where a test does not say who. */
export const TESTER = { owner: 'tester', key: null, requestId: null };

/** Registers a container model that needs no GPU. */
export function givenModel(deps: Deps, humanReadableId = 'echo', useGpu = false) {
  return registerModel(
    deps,
    { humanReadableId, image: 'group/echo:1', description: '', useGpu, loosened: [], limits: {}, retriesMax: 0, zip: null },
    TESTER,
  );
}

/** Submits a task, with a small input where the test has none of its own. */
export async function givenTask(deps: Deps, humanReadableId = 'echo', input?: Buffer, owner = TESTER.owner): Promise<string> {
  const sender = { owner, clientKey: null, queuedMax: null, runningMax: null };
  const model = await modelForTask(deps, humanReadableId, { sender, withoutGpu: 'fail' });
  const zip = input ?? (await zipOf({ 'in.txt': 'hello' }));
  const upload = await deps.files.receive(Readable.from([zip]), zip.length);
  return (await submitTask(deps, { model, sender, withoutGpu: 'fail', upload })).uid;
}

/** Claims a task for a consumer of the test's, or answers null. */
export function claim(deps: Deps, pools: Pool[] = ['docker-cpu'], claimId = newId()): Promise<ClaimedAttempt | null> {
  return directControlPlane(deps).claim({ claimId, consumerId: 'c1', bootId: 'b1', pools });
}

/** Claims a task that must be there. */
export async function claimed(deps: Deps): Promise<ClaimedAttempt> {
  const attempt = await claim(deps);
  if (attempt === null) throw new Error('nothing to claim');
  return attempt;
}

/** Stores an output for the attempt and answers the outcome that names it. */
export async function succeeded(deps: Deps, attempt: ClaimedAttempt, content = 'result'): Promise<Outcome & { kind: 'succeed' }> {
  const zip = await zipOf({ 'out.txt': content });
  const output = await putOutput(deps, attempt, Readable.from([zip]));
  return { kind: 'succeed', output, warnings: [] };
}

/** The content of a stored file. */
export async function contentOf(deps: Deps, key: string): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  const found = await deps.files.read(key, async (bytes) => {
    pieces.push(Buffer.from(bytes));
    return true;
  });
  return found ? Buffer.concat(pieces) : null;
}
