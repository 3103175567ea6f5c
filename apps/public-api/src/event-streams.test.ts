import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startForTests, TEST_UID, until } from './start-for-tests.ts';

const PATH = `/api/v1/tasks/${TEST_UID}/events`;
const IDLE_MS = 500;

/** An upstream whose answers stay open, and what its client has got of the last one. */
async function setup() {
  const upstream: { req?: IncomingMessage; res?: ServerResponse } = {};
  const relay = await startForTests(
    (req, res) => {
      Object.assign(upstream, { req, res });
      res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
      res.write('retry: 2000\n\n');
    },
    { limits: { idleTimeoutMs: IDLE_MS } },
  );
  const got = { text: '', closed: false };
  const asked = request({ host: '127.0.0.1', port: relay.port, path: PATH, headers: { 'last-event-id': '1-2' }, agent: false });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject).end();
  });
  answer.setEncoding('utf8').on('data', (piece: string) => {
    got.text += piece;
  });
  answer
    .on('error', () => {})
    .on('close', () => {
      got.closed = true;
    });
  return { relay, upstream, answer, asked, got };
}

describe('relay, event streams', () => {
  it('pass at once, event by event, and may neither be gathered, kept nor compressed on their way', async () => {
    const { relay, upstream, answer, got } = await setup();
    await using _ = relay;
    expect(upstream.req?.headers['last-event-id']).toBe('1-2');
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
    for (let count = 0; count < 5; count++) {
      upstream.res?.write(`data: ${count}\n\n`);
      await until(() => got.text.endsWith(`data: ${count}\n\n`));
    }
  });

  it('outlive every time limit of the relay while they are silent', async () => {
    const { relay, upstream, got } = await setup();
    await using _ = relay;
    const since = performance.now();
    await until(() => performance.now() - since > 3 * IDLE_MS);
    upstream.res?.write('data: still here\n\n');
    await until(() => got.text.endsWith('data: still here\n\n'));
    expect(got.closed).toBe(false);
  });

  it('end here when their client goes', async () => {
    const { relay, upstream, asked } = await setup();
    await using _ = relay;
    asked.destroy();
    await until(() => upstream.res?.destroyed === true);
  });
});
