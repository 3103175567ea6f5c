import { newId } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { deleteOldFiles } from '../../loops/delete-old-files.ts';
import { finishAttempt } from '../../services/finish-attempt.ts';
import { keepLive } from '../../services/keep-live.ts';
import { servePrivateApi } from '../../testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../../testing/test-deps.ts';

const KEY = 'admin-key-of-the-tests-0123456789';

async function setup() {
  const deps = await testDeps({ adminKey: KEY, keepFilesSeconds: 0 });
  await givenModel(deps);
  const uid = await givenTask(deps);
  const { url } = await servePrivateApi(deps);
  const attempt = await claimed(deps);
  await keepLive(deps, attempt, {
    pieces: [
      { stream: 'stdout', offset: 0, text: 'one\n', open: false },
      { stream: 'stderr', offset: 0, text: 'oh\n', open: false },
      { stream: 'stdout', offset: 4, text: 'two\n', open: false },
      { stream: 'stdout', offset: 8, text: '10%', open: true },
    ],
    progress: null,
  });
  const get = async (query = '', accept?: string) => {
    const headers = { authorization: `Bearer ${KEY}`, ...(accept === undefined ? {} : { accept }) };
    const answer = await fetch(`${url}/api/v1/tasks/${uid}/logs${query}`, { headers });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  return { deps, uid, url, attempt, get };
}

describe('the log of a task', () => {
  it('is text, in the order in which it was printed, with the line that is not over', async () => {
    const { get } = await setup();
    expect(await get()).toEqual({ status: 200, type: 'text/plain; charset=utf-8', text: 'one\noh\ntwo\n10%\n' });
    expect((await get('', '*/*')).type).toBe('text/plain; charset=utf-8');
  });

  it('is JSON lines for who asks for them', async () => {
    const { get } = await setup();
    const { type, text } = await get('?stream=stderr', 'application/x-ndjson');
    expect([type, JSON.parse(text)]).toEqual([
      'application/x-ndjson; charset=utf-8',
      { stream: 'stderr', at: expect.stringMatching(/Z$/), text: 'oh' },
    ]);
  });

  it('can be asked for by stream, from the end, and by attempt', async () => {
    const { get } = await setup();
    expect((await get('?stream=stdout&tail=2')).text).toBe('two\n10%\n');
    expect((await get('?attempt=1&tail=1')).text).toBe('10%\n');
    expect((await get('?attempt=2')).text).toBe('');
    for (const query of ['?stream=both', '?tail=0', '?tail=-1', '?tail=x', '?attempt=0', '?attempt=99999999999'])
      expect((await get(query)).status, query).toBe(422);
  });

  it('is gone with the files of the task', async () => {
    const { deps, attempt, get } = await setup();
    await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
    expect((await get()).text).toContain('one');
    await deleteOldFiles(deps).runOnce();
    expect((await get()).status).toBe(410);
    expect(await deps.db.$queryRaw`SELECT count(*)::int AS count FROM log_piece`).toEqual([{ count: 0 }]);
  });

  it('is nothing of a task that is not there', async () => {
    const { url } = await setup();
    const answer = await fetch(`${url}/api/v1/tasks/${newId()}/logs`, { headers: { authorization: `Bearer ${KEY}` } });
    expect(answer.status).toBe(404);
  });
});
