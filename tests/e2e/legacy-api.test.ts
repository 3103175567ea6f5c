// The contract of the Python original, row by row, against a whole server.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until, zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it, vi } from 'vitest';
import { ended, postTask, postZip } from './client.ts';
import { sharedServer, testServer } from './test-server.ts';

// Some start servers of their own, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const run = promisify(execFile);
const UID = /^[A-Za-z0-9_-]{43}$/;
const NOBODY = 'A'.repeat(43);
const image = 'container_tag=group/models:some_inference_stuff';

const shared = sharedServer();

const detailOf = async (answer: Response) => ((await answer.json()) as { detail: unknown }).detail;

describe('GET /', () => {
  it('says hello to a program, and shows a page to a browser', async () => {
    const { url } = shared();
    const answer = await fetch(`${url}/`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { message: string }).message).toMatch(/^Hello world - /);
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  });
});

describe('POST /api/tasks/', () => {
  it('answers 200 and a bare JSON string of 43 characters, and 551 from the first moment', async () => {
    const { url } = shared();
    const answer = await postZip(`${url}/api/tasks/?model_human_readable_id=slow-echo`, await zipOf({ 'a.txt': 'hello' }));
    expect(answer.status).toBe(200);
    const uid = (await answer.json()) as string;
    expect(uid).toMatch(UID);
    const pending = await fetch(`${url}/api/tasks/${uid}`);
    expect(pending.status).toBe(551);
    expect(pending.headers.get('retry-after')).toBe('2');
    expect(pending.headers.get('x-task-state')).toMatch(/queued|running/);
    expect(await detailOf(pending)).toBe("Job status is 'pending' or 'running'");
  });

  it('takes the id under its other name, and the address without its slash, with no redirect', async () => {
    const { url } = shared();
    for (const path of ['/api/tasks/?human_readable_id=word-count', '/api/tasks?model_human_readable_id=word-count']) {
      const answer = await postZip(url + path, await zipOf({ 'a.txt': 'hello' }));
      expect([answer.status, answer.redirected]).toEqual([200, false]);
    }
  });

  it('answers 554 for an unknown model', async () => {
    const { url } = shared();
    const answer = await postZip(`${url}/api/tasks/?model_human_readable_id=none`, await zipOf({ a: 'b' }));
    expect(answer.status).toBe(554);
    expect(await detailOf(answer)).toBe('Model not found');
  });

  it('names a missing field in the shape of FastAPI', async () => {
    const { url } = shared();
    const noModel = await postZip(`${url}/api/tasks/`, await zipOf({ a: 'b' }));
    expect(noModel.status).toBe(422);
    expect(await detailOf(noModel)).toEqual([
      { loc: ['query', 'model_human_readable_id'], msg: 'field required', type: 'value_error.missing' },
    ]);
    const noFile = { loc: ['body', 'zip_file'], msg: 'field required', type: 'value_error.missing' };
    for (const body of [
      await postZip(`${url}/api/tasks/?model_human_readable_id=word-count`, null),
      await postZip(`${url}/api/tasks/?model_human_readable_id=word-count`, await zipOf({ a: 'b' }), 'other'),
      await fetch(`${url}/api/tasks/?model_human_readable_id=word-count`, { method: 'POST' }),
    ]) {
      expect(body.status).toBe(422);
      expect(await detailOf(body)).toEqual([noFile]);
    }
  });

  it('refuses a bad zip with a 4xx and a stable code', async () => {
    const { url } = shared();
    const good = await zipOf({ 'a.txt': 'hello world' });
    const cases: [Buffer, number, string][] = [
      [Buffer.alloc(0), 400, 'zip_empty'],
      [Buffer.from('<html>'), 415, 'zip_not_a_zip'],
      [good.subarray(0, good.length - 10), 400, 'zip_truncated'],
      [await zipOf({}), 422, 'zip_no_entries'],
    ];
    for (const [zip, status, code] of cases) {
      const answer = await postZip(`${url}/api/tasks/?model_human_readable_id=word-count`, zip);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    }
  });

  it('registers a model when it names an image, as the README of the original has it', async () => {
    const { url } = shared();
    const answer = await fetch(`${url}/api/tasks/?${image}&human_readable_id=documented&use_gpu=False`, { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ human_readable_id: 'documented', container_tag: 'group/models:some_inference_stuff' });
  });
});

describe('GET /api/tasks/{uid}', () => {
  it('answers the output zip, whole, by range, conditionally, and its headers to HEAD', async () => {
    const { url } = shared();
    const folder = await testFolder();
    const uid = await postTask(url, 'word-count', { 'a.txt': 'one two\n', 'sub/b.txt': 'three\n' });
    const answer = await ended(url, uid);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
    const zip = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(zip.length));
    expect(answer.headers.get('content-disposition')).toContain('filename=');
    await writeFile(join(folder, 'output.zip'), zip);
    await extractZip(join(folder, 'output.zip'), join(folder, 'output'));
    expect(await readFile(join(folder, 'output', 'word-count.csv'), 'utf8')).toContain('sub/b.txt,1,1');

    const part = await fetch(`${url}/api/tasks/${uid}`, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${zip.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(zip.subarray(2, 6));
    const beyond = await fetch(`${url}/api/tasks/${uid}`, { headers: { range: 'bytes=99999999-' } });
    expect(beyond.status).toBe(416);
    const etag = answer.headers.get('etag') ?? '';
    expect((await fetch(`${url}/api/tasks/${uid}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await fetch(`${url}/api/tasks/${uid}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([200, String(zip.length), etag]);
  });

  it('answers 552 when the model failed, with the reason beside the fixed text', async () => {
    const { url } = shared();
    const uid = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 0, "fail": true}' });
    const answer = await ended(url, uid);
    expect(answer.status).toBe(552);
    const body = (await answer.json()) as { detail: string; reason: string };
    expect(body.detail).toBe("Job status is 'failed'");
    expect(body.reason).toContain('3');
  });

  it('answers 553 when the output is no longer there', async () => {
    const { url, folder } = await testServer();
    const uid = await postTask(url, 'word-count');
    expect((await ended(url, uid)).status).toBe(200);
    await run('find', [join(folder, 'data', 'files', 'outputs'), '-type', 'f', '-delete']);
    const answer = await fetch(`${url}/api/tasks/${uid}`);
    expect(answer.status).toBe(553);
    expect(await detailOf(answer)).toBe("Job status is 'finished', but output zip does not exist");
    expect((await fetch(`${url}/api/tasks/${uid}?status=standard`)).status).toBe(410);
  });

  it('answers 554 for an unknown uid', async () => {
    const { url } = shared();
    const answer = await fetch(`${url}/api/tasks/${NOBODY}`);
    expect(answer.status).toBe(554);
    expect(await detailOf(answer)).toBe('Task not found');
  });

  it('answers in standard codes to who asks for them', async () => {
    const { url } = shared();
    const failed = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 0, "fail": true}' });
    await ended(url, failed);
    const pending = await postTask(url, 'slow-echo');
    const statusOf = async (uid: string) => (await fetch(`${url}/api/tasks/${uid}?status=standard`)).status;
    expect([await statusOf(pending), await statusOf(failed), await statusOf(NOBODY)]).toEqual([202, 409, 404]);
  });

  it('is 404 under the private address of outputs', async () => {
    const { url } = shared();
    expect((await fetch(`${url}/api/tasks/outputs/${NOBODY}`)).status).toBe(404);
  });
});

describe('DELETE /api/tasks/{uid}', () => {
  it('answers 200 and cancels a running task, which is unknown at once', async () => {
    const { url, privateUrl } = shared();
    const uid = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 600}' });
    expect((await fetch(`${url}/api/tasks/${uid}`, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(`${url}/api/tasks/${uid}`)).status).toBe(554);
    expect((await fetch(`${url}/api/tasks/${uid}`, { method: 'DELETE' })).status).toBe(554);
    const task = (await (await fetch(`${privateUrl}/api/tasks/${uid}`)).json()) as { is_deleted: boolean };
    expect(task.is_deleted).toBe(true);
  });
});

describe('/api/models/', () => {
  it('lists the seven keys of every model', async () => {
    const { url } = shared();
    const models = (await (await fetch(`${url}/api/models/`)).json()) as Record<string, unknown>[];
    expect(models.map((model) => model['human_readable_id'])).toEqual(expect.arrayContaining(['resize-image', 'slow-echo', 'word-count']));
    for (const key of ['uid', 'human_readable_id', 'description', 'container_tag', 'use_gpu', 'model_available', 'model_volume_id']) {
      for (const model of models) expect(model).toHaveProperty(key);
    }
  });

  it('registers a model with a zip, ignoring the keys that only the old client knows', async () => {
    const { url } = shared();
    const query = `${image}&human_readable_id=zipped&model_available=True&use_gpu=True&description=text&input_mountpoint=%2Finput`;
    const answer = await postZip(`${url}/api/models/?${query}`, await zipOf({ weights: 'w' }));
    expect(answer.status).toBe(200);
    const model = (await answer.json()) as Record<string, unknown>;
    expect(model).toMatchObject({
      human_readable_id: 'zipped',
      use_gpu: true,
      model_available: true,
      description: 'text',
      model_zip: 'input.zip',
    });
    expect(JSON.stringify({ ...model, container_tag: '' })).not.toContain('/');
  });

  it.each([
    ['human_readable_id=x', 422, 'container_tag'],
    [image, 422, 'human_readable_id'],
    [`${image}&human_readable_id=x&use_gpu=maybe`, 422, 'use_gpu'],
    [`${image}&human_readable_id=x&model_available=true`, 400, 'zip_file'],
    [`${image}&human_readable_id=../x`, 422, 'human_readable_id'],
  ])('refuses ?%s with %i, naming %s', async (query, status, named) => {
    const { url } = shared();
    const answer = await fetch(`${url}/api/models/?${query}`, { method: 'POST' });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(await answer.json())).toContain(named);
  });

  it.each([
    ...['1', 'on', 'yes', 't', 'y', 'true', 'True', 'TRUE', 'On'].map((word) => [word, true] as const),
    ...['0', 'off', 'no', 'f', 'n', 'false', 'False', 'NO'].map((word) => [word, false] as const),
  ])('reads use_gpu=%s as %s, as the original did', async (word, expected) => {
    const { url } = shared();
    const id = `spelling-${word}-${expected}`;
    const answer = await fetch(`${url}/api/models/?${image}&human_readable_id=${id}&use_gpu=${word}`, { method: 'POST' });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ use_gpu: expected })]);
  });

  it('refuses a zip where model_available is not true, and a second model of the same id, leaving nothing behind', async () => {
    const { url, folder } = await testServer();
    const zip = await zipOf({ weights: 'w' });
    expect((await postZip(`${url}/api/models/?${image}&human_readable_id=x`, zip)).status).toBe(400);
    expect((await postZip(`${url}/api/models/?${image}&human_readable_id=x&model_available=1`, zip)).status).toBe(200);
    expect((await postZip(`${url}/api/models/?${image}&human_readable_id=x&model_available=1`, zip)).status).toBe(409);
    const { stdout } = await run('find', [join(folder, 'data', 'files'), '-type', 'f']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('answers 405 to who is no admin, unless ALLOW_PUBLIC_POST_MODEL is set', async () => {
    const post = async (settings: Record<string, string>) => {
      const { url } = await testServer({ LEGACY_ANONYMOUS: '1', ...settings });
      return (
        await fetch(`${url}/api/models/?${image}&human_readable_id=x`, { method: 'POST', headers: { 'x-forwarded-for': '10.0.0.1' } })
      ).status;
    };
    expect(await post({})).toBe(405);
    expect(await post({ ALLOW_PUBLIC_POST_MODEL: '1' })).toBe(200);
  });
});

describe('callers without a key', () => {
  const asRemote = { headers: { 'x-forwarded-for': '10.0.0.1' } };

  it('get 401 from elsewhere, and are served once LEGACY_ANONYMOUS is set', async () => {
    const closed = await testServer();
    const refused = await fetch(`${closed.url}/api/models/`, asRemote);
    expect(refused.status).toBe(401);
    expect(typeof (await detailOf(refused))).toBe('string');
    const open = await testServer({ LEGACY_ANONYMOUS: '1' });
    expect((await fetch(`${open.url}/api/models/`, asRemote)).status).toBe(200);
  });

  it('are admins with ADMIN_KEY, in either header', async () => {
    const key = 'v3Ry-l0ng_4nd.R4nd0m!kEy#of%7he*tEs+';
    const { url } = await testServer({ ADMIN_KEY: key });
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/models/`, { headers: { ...asRemote.headers, ...headers } })).status;
    expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
    expect(await status({ 'x-token': key })).toBe(200);
    expect(await status({ authorization: `Bearer ${'x'.repeat(40)}` })).toBe(401);
  });

  it('cannot be made to post by a web page of another origin', async () => {
    const { url } = shared();
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await fetch(`${url}/api/models/?${image}&human_readable_id=evil`, { method: 'POST', headers });
      expect(answer.status).toBe(403);
    }
    expect(JSON.stringify(await (await fetch(`${url}/api/models/`)).json())).not.toContain('evil');
  });
});

describe('the private API', () => {
  it('shows operators tasks, models and their files', async () => {
    const { url, privateUrl } = shared();
    const uid = await postTask(url, 'word-count');
    await ended(url, uid);
    const tasks = (await (await fetch(`${privateUrl}/api/tasks/`)).json()) as Record<string, unknown>[];
    const task = tasks.find((candidate) => candidate['uid'] === uid);
    expect(Object.keys(task ?? {}).sort()).toEqual(
      [
        'datetime_created',
        'datetime_dispatched',
        'datetime_finished',
        'id',
        'is_deleted',
        'model_human_readable_id',
        'status',
        'uid',
      ].sort(),
    );
    expect(task).toMatchObject({ uid, status: 1, model_human_readable_id: 'word-count' });
    for (const path of [`tasks/${uid}`, `tasks/inputs/${uid}`, `tasks/outputs/${uid}`, 'models/', 'models/human_readable_id/word-count']) {
      expect((await fetch(`${privateUrl}/api/${path}`)).status, path).toBe(200);
    }
    const model = (await (await fetch(`${privateUrl}/api/models/human_readable_id/word-count`)).json()) as { uid: string };
    expect((await fetch(`${privateUrl}/api/models/${model.uid}`)).status).toBe(200);
    expect((await fetch(`${privateUrl}/api/models/zips/${model.uid}`)).status).toBe(404);
    expect((await fetch(`${privateUrl}/api/tasks/`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(401);
  });
});

describe('GET /api/tasks/ of the private API', () => {
  it('tells that a task is pending (-1), running (2), has failed (0) or finished (1)', async () => {
    const { url, privateUrl } = await testServer({ PROCESS_SLOTS: '1' });
    const statusOf = async (uid: string) => {
      const tasks = (await (await fetch(`${privateUrl}/api/tasks/`)).json()) as { uid: string; status: number }[];
      return tasks.find((task) => task.uid === uid)?.status;
    };
    const finished = await postTask(url, 'word-count');
    await ended(url, finished);
    const failed = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 0, "fail": true}' });
    await ended(url, failed);
    const running = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 600}' });
    await until('the task to run', async () => (await statusOf(running)) === 2);
    const pending = await postTask(url, 'word-count');
    expect([await statusOf(pending), await statusOf(failed), await statusOf(finished)]).toEqual([-1, 0, 1]);
    // So that the end does not wait for it.
    await fetch(`${url}/api/tasks/${running}`, { method: 'DELETE' });
  });
});

// What the users of the original run. Only the address differs; the second snippet has the file that the original's text forgot.
const SNIPPETS = `
import json, sys, time
import requests
base = sys.argv[1]
with open("model.zip", "br") as r:
    res = requests.post(url=base + "/api/models/", files={"zip_file": r}, params={
        "container_tag": "group/models:some_inference_stuff", "human_readable_id": "easy_to_write_must_be_unique",
        "description": "This model is a test inference model", "model_available": True, "use_gpu": True})
assert res.ok, (res.status_code, res.content)
assert res.json()["human_readable_id"] == "easy_to_write_must_be_unique"
with open("input.zip", "br") as r:
    res = requests.post(url=base + "/api/tasks/", files={"zip_file": r},
                        params={"model_human_readable_id": "word-count"})
assert res.ok, (res.status_code, res.content)
task_uid = json.loads(res.content)
while True:
    res = requests.get(url=base + f"/api/tasks/{task_uid}")
    if res.status_code != 551: break
    time.sleep(0.05)
assert res.ok, (res.status_code, res.content)
with open("output.zip", "bw") as w:
    w.write(res.content)
`;

describe.skipIf(!has('python'))('the Python of the users of the original', () => {
  it('works unchanged', async () => {
    const { url } = shared();
    const folder = await testFolder();
    await writeFile(join(folder, 'model.zip'), await zipOf({ weights: 'w' }));
    await writeFile(join(folder, 'input.zip'), await zipOf({ 'a.txt': 'one two three' }));
    await run('/usr/bin/python3', ['-c', SNIPPETS, url], { cwd: folder });
    await extractZip(join(folder, 'output.zip'), join(folder, 'output'));
    expect(await readFile(join(folder, 'output', 'word-count.csv'), 'utf8')).toContain('a.txt');
  });
});

describe.skipIf(!has('curl'))('curl', () => {
  it('posts a task and gets the zip', async () => {
    const { url } = shared();
    const folder = await testFolder();
    await writeFile(join(folder, 'input.zip'), await zipOf({ 'a.txt': 'one' }));
    const posted = await run('curl', [
      '-sf',
      '-F',
      `zip_file=@${folder}/input.zip`,
      `${url}/api/tasks/?model_human_readable_id=word-count`,
    ]);
    const uid = JSON.parse(posted.stdout) as string;
    await ended(url, uid);
    await run('curl', ['-sf', '-o', `${folder}/output.zip`, `${url}/api/tasks/${uid}`]);
    await extractZip(`${folder}/output.zip`, join(folder, 'output'));
    expect(await readFile(join(folder, 'output', 'word-count.csv'), 'utf8')).toContain('a.txt');
  });
});
