import { Readable } from 'node:stream';
import { taskSchema } from '@inference/contracts';
import { systemClock } from '@inference/domain';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { deleteOldFiles } from '../loops/delete-old-files.ts';
import { createLocalNews } from '../news/create-local-news.ts';
import { cancelTask } from '../services/cancel-task.ts';
import { deleteTask } from '../services/delete-task.ts';
import { inputOfTask, outputOfTask } from '../services/find-task-files.ts';
import { finishAttempt } from '../services/finish-attempt.ts';
import { greetConsumer } from '../services/greet-consumer.ts';
import { pinImage } from '../services/pin-image.ts';
import { putOutput } from '../services/put-output.ts';
import { renewLease } from '../services/renew-lease.ts';
import { requeueTask } from '../services/requeue-task.ts';
import { retryTask } from '../services/retry-task.ts';
import { viewTask } from '../services/view-task.ts';
import { claimed, givenModel, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

async function setup(settings = {}) {
  const deps = { ...(await testDeps({ adminKey: ADMIN_KEY, ...settings })), clock: systemClock, news: createLocalNews(systemClock) };
  await givenModel(deps);
  const client = await v1Client(deps);
  const taskOf = async (uid: string) => taskSchema.parse((await client.ask(`/tasks/${uid}`)).json());
  /** Runs the next task to its end. */
  const runNext = async (files?: Record<string, string>) => {
    const attempt = await claimed(deps);
    const outcome =
      files === undefined
        ? await succeeded(deps, attempt)
        : { kind: 'succeed' as const, output: await putOutput(deps, attempt, Readable.from([await zipOf(files)])), warnings: ['odd name'] };
    await finishAttempt(deps, attempt, outcome, { stdout: [], stderr: [] });
    return attempt.taskUid;
  };
  const failNext = async () => {
    const attempt = await claimed(deps);
    const failure = { class: 'model_error', reason: 'The model ended with exit code 3.', exitCode: 3 } as const;
    const stderr = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
    await finishAttempt(deps, attempt, { kind: 'fail', failure }, { stdout: ['out'], stderr });
    return attempt.taskUid;
  };
  return { deps, ...client, taskOf, runNext, failNext };
}

const codeOf = (reply: { json<T>(): T }) => reply.json<{ code: string }>().code;

describe('GET /api/v1/tasks/{task}', () => {
  it('tells the place in the queue, and why the task waits', async () => {
    const { deps, taskOf } = await setup();
    const [one, two] = [await givenTask(deps), await givenTask(deps)];
    expect(await taskOf(one)).toMatchObject({ position: 1, reason: 'Waiting: no consumer has started yet.' });
    await greetConsumer(
      deps,
      {
        consumerId: 'c1',
        bootId: 'b1',
        pools: ['docker-cpu'],
        gpus: 0,
        node: null,
        gone: [],
        trouble: {},
        folderModels: [],
        holding: [],
      },
      TESTER,
    );
    expect(await taskOf(two)).toMatchObject({ position: 2, reason: 'Waiting for a free slot; 1 task is before this one.' });
  });

  it('tells of a task that succeeded: attempts, times, warnings, sizes and hashes', async () => {
    const { deps, taskOf, runNext } = await setup();
    const uid = await givenTask(deps);
    await runNext({ 'out.txt': 'x' });
    const task = await taskOf(uid);
    expect(task).toMatchObject({ state: 'succeeded', position: null, failure: null, warnings: ['odd name'], output: { available: true } });
    expect(task.attempts).toMatchObject([{ number: 1, consumer: 'c1', outcome: 'succeed', failure: null }]);
    expect(Object.values(task.timings).every((seconds) => seconds !== null)).toBe(true);
  });

  it('tells what happened to it, oldest first: the consumers, the image, each retry and its reason, the newest 100', async () => {
    const { deps, taskOf, runNext } = await setup();
    const uid = await givenTask(deps);
    const attempt = await claimed(deps);
    await pinImage(deps, attempt, 'group/echo@sha256:1');
    await finishAttempt(deps, attempt, { kind: 'hand_back', reason: 'The consumer was drained.' }, { stdout: [], stderr: [] });
    await runNext();
    const { history } = await taskOf(uid);
    expect(history.map(({ kind, attempt, text }) => [kind, attempt, text])).toEqual([
      ['submitted', null, ''],
      ['claimed', 1, 'c1'],
      ['image', 1, 'group/echo@sha256:1'],
      ['queued', 1, 'The consumer was drained.'],
      ['claimed', 2, 'c1'],
      ['succeeded', 2, ''],
    ]);
    await deps.db.$executeRaw`INSERT INTO event (task_id, kind, text) SELECT id, 'queued', n::text FROM task, generate_series(1, 150) AS n`;
    expect((await taskOf(uid)).history.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, at) => String(at + 51)));
  });

  it('answers whoever waits for its end at once when the server stops', async () => {
    const { deps, ask } = await setup();
    const uid = await givenTask(deps);
    const begin = performance.now();
    const waiting = ask(`/tasks/${uid}?wait=60`);
    const later = ask(`/tasks/${uid}?wait=60`);
    deps.feeds.close();
    expect((await waiting).json<{ state: string }>().state).toBe('queued');
    expect((await later).json<{ state: string }>().state).toBe('queued');
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('tells why a task failed, with the exit code and the last lines', async () => {
    const { deps, taskOf, failNext } = await setup();
    const uid = await givenTask(deps);
    await failNext();
    const { failure, attempts, reason } = await taskOf(uid);
    expect(failure).toMatchObject({ class: 'model_error', exit_code: 3 });
    expect([failure?.last_lines.length, failure?.last_lines[0], failure?.last_lines.at(-1)]).toEqual([20, 'line 11', 'line 30']);
    expect(attempts[0]?.failure).toEqual({ class: 'model_error', reason, exit_code: 3 });
  });

  it('answers 304 until something changes', async () => {
    const { deps, ask } = await setup();
    const uid = await givenTask(deps);
    const etag = String((await ask(`/tasks/${uid}`)).headers.get('etag'));
    const again = () => ask(`/tasks/${uid}`, { headers: { 'if-none-match': etag } });
    expect((await again()).status).toBe(304);
    await claimed(deps);
    expect((await again()).status).toBe(200);
  });

  it('waits for the end of the task, and answers as it is when the time is over', async () => {
    const { deps, ask, runNext } = await setup();
    const uid = await givenTask(deps);
    expect((await ask(`/tasks/${uid}?wait=1`)).json().state).toBe('queued');
    const waiting = ask(`/tasks/${uid}?wait=50`);
    await runNext();
    expect((await waiting).json().state).toBe('succeeded');
    expect(codeOf(await ask(`/tasks/${uid}?wait=61`))).toBe('invalid_request');
  });

  it('knows no task under a wrong uid, and none of another shape', async () => {
    const { ask } = await setup();
    for (const uid of ['A'.repeat(43), 'short', 'A'.repeat(44)]) {
      const reply = await ask(`/tasks/${uid}`);
      expect([reply.status, codeOf(reply)]).toEqual([404, 'task_not_found']);
    }
  });
});

describe('the files of a task', () => {
  it('are the output, whole or in ranges, and its entries one by one', async () => {
    const { deps, ask, runNext } = await setup();
    const uid = await givenTask(deps);
    await runNext({ 'a b/ü%.txt': 'hello '.repeat(20_000), 'page.html': '<script>' });
    const whole = await ask(`/tasks/${uid}/output`);
    expect([whole.status, whole.headers.get('content-disposition')]).toEqual([200, `attachment; filename="${uid}.zip"`]);
    const range = await ask(`/tasks/${uid}/output`, { headers: { range: 'bytes=2-5' } });
    expect([range.status, range.bytes.equals(whole.bytes.subarray(2, 6))]).toEqual([206, true]);
    const { items, entries, truncated } = (await ask(`/tasks/${uid}/files`)).json<{
      items: object[];
      entries: number;
      truncated: boolean;
    }>();
    expect([entries, truncated]).toEqual([2, false]);
    expect(items).toEqual(expect.arrayContaining([{ path: 'a b/ü%.txt', bytes: 120_000, is_folder: false }]));
    const file = await ask(`/tasks/${uid}/files/a%20b/${encodeURIComponent('ü%.txt')}`);
    expect(file.bytes.toString()).toBe('hello '.repeat(20_000));
    const page = await ask(`/tasks/${uid}/files/page.html`);
    expect([page.headers.get('content-type'), page.headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      'attachment; filename=page.html',
    ]);
    expect(codeOf(await ask(`/tasks/${uid}/files/none`))).toBe('not_found');
  });

  it('are not there yet (409), not at all (409), or no longer (410)', async () => {
    const { deps, ask, runNext, failNext } = await setup({ keepFilesSeconds: 0 });
    const [ok, failed, waiting] = [await givenTask(deps), await givenTask(deps), await givenTask(deps)];
    await runNext();
    await failNext();
    const early = await ask(`/tasks/${waiting}/output`);
    expect([early.status, codeOf(early), early.headers.get('retry-after')]).toEqual([409, 'output_not_ready', '2']);
    const none = await ask(`/tasks/${failed}/output`);
    expect([none.status, codeOf(none)]).toEqual([409, 'no_output']);
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '1 minute' WHERE finished_at IS NOT NULL`;
    await deleteOldFiles(deps).runOnce();
    for (const [path, code] of [
      ['output', 'output_expired'],
      ['files', 'output_expired'],
      ['files/x', 'output_expired'],
      ['input', 'input_expired'],
    ]) {
      const gone = await ask(`/tasks/${ok}/${path}`);
      expect([gone.status, codeOf(gone)], path).toEqual([410, code]);
    }
    expect((await ask(`/tasks/${ok}`)).json()).toMatchObject({ state: 'succeeded', output: { available: false } });
  });
});

describe('what is done with a task', () => {
  it('is to cancel it: queued, running and ended, again and again', async () => {
    const { deps, post, taskOf, runNext } = await setup();
    const [queued, running, ended] = [await givenTask(deps), await givenTask(deps), await givenTask(deps)];
    const resultOf = async (uid: string) => (await post(`/tasks/${uid}/cancel`)).json<{ result: string }>().result;
    expect([await resultOf(queued), await resultOf(queued)]).toEqual(['cancelled', 'already_ended']);
    const attempt = await claimed(deps);
    expect(attempt.taskUid).toBe(running);
    expect([await resultOf(running), await resultOf(running)]).toEqual(['cancelling', 'cancelling']);
    await runNext();
    expect(await resultOf(ended)).toBe('already_ended');
    expect((await taskOf(queued)).failure).toMatchObject({ class: 'cancelled', last_lines: [] });
  });

  it('is to run it once more: a new task with the same input, which outlives the old one', async () => {
    const { deps, post, ask, runNext, taskOf } = await setup();
    const uid = await givenTask(deps);
    expect(codeOf(await post(`/tasks/${uid}/retry`))).toBe('task_not_ended');
    await runNext();
    const reply = await post(`/tasks/${uid}/retry`, undefined, { 'idempotency-key': 'again' });
    expect([reply.status, reply.json().retry_of, reply.json().state]).toEqual([202, uid, 'queued']);
    expect((await post(`/tasks/${uid}/retry`, undefined, { 'idempotency-key': 'again' })).json().id).toBe(reply.json().id);
    const input = (await ask(`/tasks/${uid}/input`)).bytes;
    await ask(`/tasks/${uid}`, { method: 'DELETE' });
    await deleteOldFiles(deps).runOnce();
    expect((await ask(`/tasks/${reply.json().id}/input`)).bytes.equals(input)).toBe(true);
    await runNext();
    expect((await taskOf(reply.json().id)).state).toBe('succeeded');
  });

  it('is the same again when it is repeated, though its files are gone and no machine has a GPU any more', async () => {
    const { deps, post, runNext } = await setup();
    const uid = await givenTask(deps);
    await runNext();
    const again = () => post(`/tasks/${uid}/retry`, undefined, { 'idempotency-key': 'again' });
    const { id } = (await again()).json<{ id: string }>();
    await deps.db.task.updateMany({ where: { uid }, data: { purgedAt: new Date() } });
    await deps.db.model.updateMany({ data: { useGpu: true } });
    const repeated = await again();
    expect([repeated.status, repeated.json().id]).toEqual([202, id]);
  });

  it('is to delete it: unknown from then on, its bytes gone, its row kept', async () => {
    const { deps, ask, runNext } = await setup();
    const uid = await givenTask(deps);
    await runNext();
    expect((await ask(`/tasks/${uid}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/tasks/${uid}`, { method: 'DELETE' })).status).toBe(404);
    expect((await ask(`/tasks/${uid}`)).status).toBe(404);
    await deleteOldFiles(deps).runOnce();
    const row = await deps.db.task.findUniqueOrThrow({ where: { uid } });
    expect(row.purgedAt).not.toBeNull();
    expect(await deps.files.size(row.inputKey)).toBeNull();
  });

  it.each(['at once', 'after a renewal'])(
    'stays in the queue where an operator put it when the attempt that was cancelled reports %s',
    async (when) => {
      const { deps, post, taskOf } = await setup();
      const uid = await givenTask(deps);
      const attempt = await claimed(deps);
      await post(`/tasks/${uid}/cancel`);
      await deps.db.$executeRaw`UPDATE attempt SET ended_at = now(), outcome = 'lost'`;
      await deps.db.$executeRaw`
      UPDATE task SET state = 'cancelled', finished_at = now(), failure_class = 'cancelled', failure_reason = 'The task was cancelled.'`;
      expect((await post(`/tasks/${uid}/requeue`)).status).toBe(200);
      if (when === 'after a renewal') expect(await renewLease(deps, attempt)).toBe('continue');
      const cancelled = { kind: 'fail', failure: { class: 'cancelled', reason: 'The task was cancelled.' } } as const;
      await finishAttempt(deps, attempt, cancelled, { stdout: [], stderr: [] });
      expect(await taskOf(uid)).toMatchObject({ state: 'queued', failure: null });
    },
  );

  it('is, for operators, to put it back into the queue', async () => {
    const { deps, post, failNext, runNext, taskOf } = await setup();
    const uid = await givenTask(deps);
    expect(codeOf(await post(`/tasks/${uid}/requeue`))).toBe('task_not_ended');
    await failNext();
    const reply = await post(`/tasks/${uid}/requeue`);
    expect([reply.status, reply.json().state, reply.json().failure, reply.json().attempts.length]).toEqual([200, 'queued', null, 1]);
    await runNext();
    expect((await taskOf(uid)).attempts.map(({ outcome }) => outcome)).toEqual(['fail', 'succeed']);
    expect(codeOf(await post(`/tasks/${uid}/requeue`))).toBe('task_succeeded');
    expect((await deps.db.event.findMany({ where: { kind: 'requeued' } })).map(({ text }) => text)).toEqual(['by admin']);
  });
});

describe('the list of tasks', () => {
  it('shows them newest first, page by page, each once', async () => {
    const { deps, ask } = await setup();
    const uids: string[] = [];
    for (let at = 0; at < 5; at++) uids.unshift(await givenTask(deps));
    const seen: string[] = [];
    let next = '/tasks?limit=2';
    for (let page = 0; page < 3; page++) {
      const reply = await ask(next);
      const { items, next_cursor: cursor } = reply.json<{ items: { id: string }[]; next_cursor: string | null }>();
      seen.push(...items.map(({ id }) => id));
      const link = /^<\/api\/v1(.+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1];
      expect(link === undefined).toBe(cursor === null);
      next = link ?? '';
    }
    expect([seen, next]).toEqual([uids, '']);
  });

  it('is filtered by state, model and labels', async () => {
    const { deps, ask, postZip, runNext } = await setup();
    await givenModel(deps, 'other');
    const zip = await zipOf({ a: 'b' });
    const ids: string[] = [];
    for (const path of ['/models/echo/tasks?label=a:1&label=b:2', '/models/echo/tasks?label=a:1', '/models/other/tasks?label=a:2']) {
      ids.push((await postZip(zip, {}, path)).json().id);
    }
    await runNext();
    const found = async (query: string) =>
      (await ask(`/tasks?${query}`)).json<{ items: { id: string }[] }>().items.map(({ id }) => ids.indexOf(id));
    expect(await found('state=succeeded')).toEqual([0]);
    expect(await found('model=other')).toEqual([2]);
    expect(await found('label=a:1')).toEqual([1, 0]);
    expect(await found('label=a:1&label=b:2')).toEqual([0]);
    for (const query of ['state=done', 'limit=0', 'limit=201', 'limit=x', 'cursor=%00', 'label=x']) {
      expect(codeOf(await ask(`/tasks?${query}`)), query).toBe('invalid_request');
    }
  });
});

describe('a task of another owner', () => {
  it('is unknown to every statement that is given who asks', async () => {
    const { deps, runNext } = await setup();
    const uid = await givenTask(deps);
    await runNext();
    const stranger = 'somebody';
    const name = { owner: stranger, clientKey: null, queuedMax: null, runningMax: null };
    const by = { owner: stranger, key: null, requestId: null };
    const tries: (() => Promise<unknown>)[] = [
      () => viewTask(deps, uid, stranger),
      () => inputOfTask(deps, uid, stranger),
      () => outputOfTask(deps, uid, stranger),
      () => cancelTask(deps, uid, stranger, by),
      () => retryTask(deps, uid, { viewer: stranger, sender: name, by }),
      () => requeueTask(deps, uid, stranger, by),
      () => deleteTask(deps, uid, stranger, by),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 'task_not_found' });
    const filter = { state: null, model: null, labels: {}, before: null, countMax: 10 };
    expect(await deps.store.listTaskItems({ ...filter, viewer: stranger })).toEqual([]);
    expect((await deps.store.listTaskItems({ ...filter, viewer: 'tester' })).length).toBe(1);
    expect((await viewTask(deps, uid, 'tester')).state).toBe('succeeded');
  });
});
