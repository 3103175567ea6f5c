import { request } from 'node:http';
import { createLog } from '@inference/service';
import { until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { CONSUMER_KEY, servePrivateApi } from './testing/serve-private-api.ts';
import { givenModel, testDeps } from './testing/test-deps.ts';

const ADMIN_KEY = 'admin-key-of-the-tests-0123456789';

async function setup(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const raw: string[] = [];
  const destination = {
    write: (line: string) => {
      raw.push(line);
      lines.push(JSON.parse(line));
    },
  };
  const deps = { ...(await testDeps({ adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY })), log: createLog({ level, destination }) };
  const { port } = await servePrivateApi(deps);
  const ask = (path: string, { method = 'GET', headers = {} as Record<string, string | string[]>, body = '' as string | Buffer } = {}) =>
    new Promise<{ status: number; requestId: unknown; body: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers: { connection: 'close', ...headers } }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, requestId: answer.headers['x-request-id'], body: text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  const line = (index = 0) => until(`line ${index + 1} of the log`, () => lines.filter(({ msg }) => msg === 'request')[index]);
  return { deps, ask, line, lines, raw };
}

const admin = { authorization: `Bearer ${ADMIN_KEY}` };

describe('the line that a request leaves in the log', () => {
  it('says what was asked, by the pattern of the route, what came of it, and how long it took', async () => {
    const { ask, line } = await setup();
    const uid = 'A'.repeat(43);
    const { requestId } = await ask(`/api/tasks/outputs/${uid}?status=standard`, { headers: admin });
    expect(await line()).toEqual({
      level: 30,
      time: expect.any(Number),
      requestId,
      route: '/api/tasks/outputs/:uid',
      taskUid: uid,
      method: 'GET',
      status: 404,
      ms: expect.any(Number),
      msg: 'request',
    });
  });

  it('names the task that was made', async () => {
    const { ask, line, deps } = await setup();
    await givenModel(deps);
    const zip = await zipOf({ 'in.txt': 'hello' });
    const body = Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="zip_file"; filename="x"\r\n\r\n'),
      zip,
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const headers = { ...admin, 'content-type': 'multipart/form-data; boundary=b' };
    const answer = await ask('/api/tasks/?model_human_readable_id=echo', { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    expect(await line()).toMatchObject({ method: 'POST', route: '/api/tasks', taskUid: JSON.parse(answer.body), status: 200 });
  });

  it('names the attempt that a consumer asks about', async () => {
    const { ask, line } = await setup();
    const uid = 'B'.repeat(43);
    await ask(`/api/attempts/${uid}/3/input`, { headers: { authorization: `Bearer ${CONSUMER_KEY}`, 'x-lease-token': 'C'.repeat(43) } });
    expect(await line()).toMatchObject({ route: '/api/attempts/:taskUid/:attempt/input', taskUid: uid, attempt: 3 });
  });

  it('takes the request id of our relay, and makes one for everybody else', async () => {
    const { ask, line } = await setup();
    const headers = { 'x-request-id': 'from-the-relay', 'x-caller': 'remote' };
    expect((await ask('/api/models/', { headers: { ...headers, 'x-relay-token': 'relay-token' } })).requestId).toBe('from-the-relay');
    const [stranger, forger] = [
      await ask('/api/models/', { headers }),
      await ask('/api/models/', { headers: { ...headers, 'x-relay-token': 'x' } }),
    ];
    for (const { requestId } of [stranger, forger]) expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await line(0)).toMatchObject({ requestId: 'from-the-relay' });
    expect(await line(1)).toMatchObject({ requestId: stranger.requestId });
  });

  it('holds nothing that a client likes to put there, and no key', async () => {
    const { ask, line, raw } = await setup();
    const hostile = `\\n{"level":60,"msg":"forged"}${'x'.repeat(4_000)}`;
    const headers = {
      ...admin,
      'x-relay-token': 'relay-token',
      'x-request-id': hostile,
      'user-agent': hostile,
      'x-forwarded-for': hostile,
    };
    await ask(`/api/tasks/${encodeURIComponent(hostile)}?key=${ADMIN_KEY}`, { headers });
    await ask(`/${encodeURIComponent(hostile)}`, { headers });
    expect(await line(0)).toMatchObject({ route: '/api/tasks/:uid', status: 554 });
    expect(await line(0)).not.toHaveProperty('taskUid');
    expect(await line(1)).toMatchObject({ route: null, status: 404 });
    for (const line of raw) {
      expect(line.length).toBeLessThan(300);
      expect(line).not.toMatch(/forged|admin-key|relay-token/);
    }
  });

  it('is left out for what idle consumers ask all the time, unless it fails', async () => {
    const { ask, line, lines } = await setup();
    const claim = { claimId: 'D'.repeat(43), consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] };
    const headers = { authorization: `Bearer ${CONSUMER_KEY}`, 'content-type': 'application/json' };
    expect((await ask('/api/claims', { method: 'POST', headers, body: JSON.stringify(claim) })).status).toBe(204);
    expect((await ask('/api/claims', { method: 'POST', headers: { ...headers, authorization: 'Bearer x' }, body: '{}' })).status).toBe(401);
    expect(await line()).toMatchObject({ route: '/api/claims', status: 401 });
    expect(lines.filter((each) => 'route' in each)).toHaveLength(1);
  });
});
