// Consumers are hostile until their messages are checked.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { newId } from '@inference/domain';
import { FakeClock, until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from './deps.ts';
import { directControlPlane } from './direct-control-plane.ts';
import { controlPlaneHarness } from './testing/control-plane-harness.ts';
import { CONSUMER_KEY, servePrivateApi } from './testing/serve-private-api.ts';

/** @param change what the served private API has that the one beside it has not */
async function setup(change: (deps: Deps) => Partial<Deps> = () => ({})) {
  let url = '';
  let port = 0;
  const harness = await controlPlaneHarness(async (deps) => {
    ({ url, port } = await servePrivateApi({ ...deps, ...change(deps) }));
    return directControlPlane(deps);
  });
  const { uid } = await harness.givenTask();
  const claimed = await harness.control.claim({ claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] });
  if (claimed === null) throw new Error('nothing to claim');
  const attempt = `/api/attempts/${uid}/1`;
  const send = async (
    path: string,
    init: { method?: string; body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
  ) => {
    const { method = 'POST', body, headers = {} } = init;
    const answer = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: {
        connection: 'close',
        authorization: `Bearer ${CONSUMER_KEY}`,
        'content-type': 'application/json',
        'x-lease-token': claimed.token,
        ...headers,
      },
    });
    const text = await answer.text();
    return { status: answer.status, ...(text.startsWith('{') ? (JSON.parse(text) as { code?: string; detail?: unknown }) : {}) };
  };
  return { ...harness, uid, port, claimed, attempt, send };
}

/** A file store that begins to read only once the sender has gone. */
function lateStore({ files }: Deps): Pick<Deps, 'files'> & { received: Promise<unknown> } {
  const received = Promise.withResolvers<unknown>();
  const receive = async (body: Readable, bytesMax: number) => {
    await new Promise((resolve) => body.once('close', resolve));
    const receiving = files.receive(body, bytesMax);
    receiving.then(received.resolve, received.resolve);
    return receiving;
  };
  return {
    files: new Proxy(files, { get: (store, name) => (name === 'receive' ? receive : Reflect.get(store, name).bind(store)) }),
    received: received.promise,
  };
}

/** A file store that has taken all of a body, and is not done with it until `store` is called. */
function slowStore({ files }: Deps): Pick<Deps, 'files'> & { store(): void } {
  const stored = Promise.withResolvers<void>();
  const receive: Deps['files']['receive'] = async (body, bytesMax) => {
    const received = await files.receive(body, bytesMax);
    await stored.promise;
    return received;
  };
  return {
    files: new Proxy(files, { get: (store, name) => (name === 'receive' ? receive : Reflect.get(store, name).bind(store)) }),
    store: stored.resolve,
  };
}

const LARGE = JSON.stringify({ pieces: [], text: 'x'.repeat(600_000) });
const LIVE = JSON.stringify({ pieces: [], progress: { fraction: 0.5, text: 'half' } });
const HELLO = JSON.stringify({ bootId: 'b1', pools: ['process'], gpus: 0, trouble: {} });

describe("a consumer's output", () => {
  it('that takes the disk long once all of it came is given signs of life, so that nobody takes the connection for dead', async () => {
    const clock = new FakeClock();
    let store = (): void => {};
    const { port, attempt, claimed } = await setup((deps) => {
      const slow = slowStore(deps);
      store = slow.store;
      return { files: slow.files, clock };
    });
    const headers = { authorization: `Bearer ${CONSUMER_KEY}`, 'x-lease-token': claimed.token, 'content-type': 'application/zip' };
    const sent = request({ host: '127.0.0.1', port, path: `${attempt}/output`, method: 'PUT', headers, agent: false });
    const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
    let signs = 0;
    sent.on('information', ({ statusCode }) => {
      signs += statusCode === 102 ? 1 : 0;
    });
    sent.end(await zipOf({ 'out.txt': 'done' }));
    for (let wanted = 1; wanted <= 3; wanted++) {
      await until('a sign of life', () => {
        clock.advance(signs < wanted ? 10_000 : 0);
        return signs >= wanted;
      });
    }
    store();
    const [{ statusCode }] = await answer;
    expect(statusCode).toBe(200);
  });
});

describe("a consumer's message", () => {
  it.each([
    ['that is no JSON', '/live', '{"text": ', 400, 'bad_request'],
    ['that is no object', '/live', '"text"', 422, 'invalid_request'],
    ['without its fields', '/live', '{}', 422, 'invalid_request'],
    ['with a field of another type', '/live', '{"pieces": 5, "progress": null}', 422, 'invalid_request'],
    ['that is empty', '/live', '', 400, 'bad_request'],
    ['that is too large', '/live', LARGE, 413, 'message_too_large'],
    [
      'with an outcome that there is not',
      '/outcome',
      '{"outcome": {"kind": "won"}, "tails": {"stdout": [], "stderr": []}}',
      422,
      'invalid_request',
    ],
    ['with logs that are no lists', '/outcome', '{"outcome": {"kind": "hand_back", "reason": ""}, "tails": {}}', 422, 'invalid_request'],
    ['with an image that is no name', '/image', '{"image": "a b"}', 422, 'invalid_request'],
  ])('%s is refused, and changes nothing', async (_what, path, body, status, code) => {
    const { send, attempt, uid, rows } = await setup();
    const before = await rows(uid);
    expect(await send(attempt + path, { body })).toMatchObject({ status, code });
    expect(await rows(uid)).toEqual(before);
  });

  it('of another media type or encoding is refused', async () => {
    const { send, attempt } = await setup();
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-encoding': 'gzip' },
      { 'content-type': 'application/json; charset=koi8-r' },
    ]) {
      expect(await send(`${attempt}/live`, { body: LIVE, headers })).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
  });

  it('without a length is refused once it is too large', async () => {
    const { send, attempt, port } = await setup();
    expect((await send(`${attempt}/live`, { body: LIVE })).status).toBe(204);
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    const head = [`POST ${attempt}/live HTTP/1.1`, 'Host: x', `Authorization: Bearer ${CONSUMER_KEY}`, 'Content-Type: application/json'];
    socket.write([...head, 'Transfer-Encoding: chunked', '', ''].join('\r\n'));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    const piece = `1000\r\n${' '.repeat(0x1000)}\r\n`;
    for (let sent = 0; sent < 140; sent++) socket.write(piece);
    await until('the refusal', () => answer.includes('message_too_large'));
    expect(answer).toContain('HTTP/1.1 413');
    socket.destroy();
  });

  it('that names what cannot be an attempt, a token or a consumer is refused', async () => {
    const { send, uid, attempt } = await setup();
    for (const path of [`/api/attempts/${uid}/0`, `/api/attempts/${uid}/99999999999`, `/api/attempts/${uid}/one`, '/api/attempts/x/1']) {
      expect(await send(`${path}/renew`), path).toMatchObject({ status: 422 });
    }
    expect(await send(`${attempt}/renew`, { headers: { 'x-lease-token': '' } })).toMatchObject({ status: 422 });
    expect(await send('/api/consumers/..%2Fx/hello', { body: HELLO })).toMatchObject({ status: 422 });
    expect(await send('/api/consumers/c1/hello', { body: HELLO })).toMatchObject({ status: 200 });
  });

  it('may not say for which consumer it speaks twice: the address counts', async () => {
    const { send, deps } = await setup();
    await send('/api/consumers/c9/hello', { body: JSON.stringify({ ...JSON.parse(HELLO), consumerId: 'c1' }) });
    expect((await deps.db.consumer.findMany()).map(({ id }) => id)).toEqual(['c9']);
  });

  it('with a token of another attempt opens nothing', async () => {
    const { send, givenTask, attempt } = await setup();
    const other = await givenTask();
    for (const [method, path] of [
      ['GET', 'input'],
      ['GET', 'model-zip'],
      ['PUT', 'output'],
      ['POST', 'renew'],
    ] as const) {
      expect(await send(`/api/attempts/${other.uid}/1/${path}`, { method }), path).toMatchObject({ status: 409, code: 'stale' });
    }
    expect(await send(`${attempt}/input`, { method: 'GET' })).toMatchObject({ status: 200 });
  });
});

describe('an output', () => {
  it('that ends before it is complete leaves nothing behind', async () => {
    const { port, attempt, claimed, countFiles } = await setup();
    const socket = connect(port, '127.0.0.1');
    const head = [`PUT ${attempt}/output HTTP/1.1`, 'Host: x', `Authorization: Bearer ${CONSUMER_KEY}`, `X-Lease-Token: ${claimed.token}`];
    socket.write([...head, 'Content-Length: 100000', '', 'x'.repeat(50_000)].join('\r\n'));
    await until('half a file', async () => (await countFiles()) === 1);
    socket.destroy();
    await once(socket, 'close');
    await until('the end of the half file', async () => (await countFiles()) === 0);
  });

  it('above the limit is refused while it is still being sent', async () => {
    const { send, attempt, outputBytesMax, countFiles } = await setup();
    const answer = await send(`${attempt}/output`, { method: 'PUT', body: Buffer.alloc(outputBytesMax + 1) });
    expect(answer).toMatchObject({ status: 413, code: 'upload_too_large' });
    expect(await countFiles()).toBe(0);
  });
});

describe('a lease token', () => {
  it('is in no line of the log, whatever fails', async () => {
    const { send, attempt, claimed, deps } = await setup();
    const lines: string[] = [];
    deps.log.error = ((...args: unknown[]) => void lines.push(JSON.stringify(args))) as never;
    const { transaction } = deps.store;
    Object.assign(deps.store, { transaction: () => Promise.reject(new Error('a bug')) });
    expect(await send(`${attempt}/renew`)).toMatchObject({ status: 500, code: 'internal' });
    Object.assign(deps.store, { transaction });
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain(claimed.token);
    expect(lines.join('')).not.toContain(CONSUMER_KEY);
  });

  it('with an output that breaks off before it is read harms nobody, and leaves nothing', async () => {
    let received: Promise<unknown> = Promise.resolve();
    const { port, attempt, claimed, countFiles } = await setup((deps) => {
      const late = lateStore(deps);
      received = late.received;
      return { files: late.files };
    });
    const socket = connect(port, '127.0.0.1');
    const keys = `authorization: Bearer ${CONSUMER_KEY}\r\nx-lease-token: ${claimed.token}\r\n`;
    socket.write(`PUT ${attempt}/output HTTP/1.1\r\nhost: x\r\n${keys}expect: 100-continue\r\ncontent-length: 100\r\n\r\n`);
    // It goes away as soon as it was asked for the body.
    await once(socket, 'data');
    socket.destroy();
    expect(await received).toBeInstanceOf(Error);
    expect(await countFiles()).toBe(0);
  });
});
