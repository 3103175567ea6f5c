// What the adapter makes of answers, from private APIs and from what is none.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@inference/domain';
import { controlPlaneHarness, type ServedApi, servePrivateApi } from '@inference/private-api/testing';
import { until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openControlPlane } from './testing/open-control-plane.ts';

const CLAIM = { consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] } as const;
const LEASE = { taskUid: newId(), attempt: 1, token: newId() };
const HAND_BACK = { kind: 'hand_back', reason: 'drain' } as const;
const NO_TAILS = { stdout: [], stderr: [] };

/** Something that answers everything alike, and the control plane that asks it. */
async function answering(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return openControlPlane(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const says = (status: number, body: string) => answering((_request, response) => response.writeHead(status).end(body));
const error = (code: string, detail = 'a sentence') => JSON.stringify({ code, detail });

describe('an answer', () => {
  it.each([
    [503, error('unavailable', 'The server cannot answer now.'), 'cannot answer now'],
    [507, error('storage_full'), 'a sentence'],
    [408, error('request_timeout', 'The request did not arrive in time.'), 'not arrive in time'],
    [401, error('unauthorized'), 'CONSUMER_KEY'],
    [403, error('forbidden'), 'CONSUMER_KEY'],
    [404, error('not_found'), 'PRIVATE_API_URL'],
    [404, '<html>nginx</html>', 'PRIVATE_API_URL'],
    [502, 'Bad Gateway', 'PRIVATE_API_URL'],
    [302, '', 'PRIVATE_API_URL'],
    [200, '<html>hello</html>', 'version'],
    [200, '{"reply":"go_on"}', 'version'],
    [200, `"${'x'.repeat(2_000_000)}"`, 'whole'],
  ])('%i %.30s is an outage: what was asked for is asked again', async (status, body, hint) => {
    const control = await says(status, body);
    const failure = control
      .hello({ ...CLAIM, gpus: 0, trouble: {}, folderModels: [], holding: [] })
      .then(() => control.claim({ ...CLAIM, claimId: newId() }));
    await expect(failure).rejects.toMatchObject({ name: 'Outage', message: expect.stringContaining(hint) });
  });

  it.each([
    [422, error('invalid_request'), 'invalid_request'],
    [413, error('message_too_large'), 'message_too_large'],
    [400, error('bad_request'), 'bad_request'],
    // That it is no refusal is for who asks to know.
    [500, error('internal'), 'internal'],
  ])('%i %s is told as it is', async (status, body, code) => {
    const control = await says(status, body);
    await expect(control.report(LEASE, HAND_BACK, NO_TAILS)).rejects.toMatchObject({ name: 'AppError', code });
  });

  it('that never comes is an outage', async () => {
    const control = await answering((request) => request.socket.destroy());
    await expect(control.report(LEASE, HAND_BACK, NO_TAILS)).rejects.toMatchObject({ name: 'Outage' });
  });
});

describe('a key that is refused', () => {
  it('is told with the name of its setting, in the error and the log, and never itself', async () => {
    const lines: string[] = [];
    const wrong = 'not-the-key-of-this-installation-0123';
    let api: ServedApi | null = null;
    await controlPlaneHarness(async (deps) => {
      api = await servePrivateApi(deps);
      return openControlPlane(api.url);
    });
    const control = openControlPlane((api as unknown as ServedApi).url, { key: wrong, lines });
    await expect(control.claim({ ...CLAIM, claimId: newId() })).rejects.toThrow('CONSUMER_KEY');
    control.keepLease(LEASE, { everyMs: 20, onReply: () => {} });
    await until('the line', () => lines.some((line) => line.includes('could not be renewed') && line.includes('CONSUMER_KEY')));
    expect(lines.join('')).not.toContain(wrong);
    expect(lines.join('')).not.toContain(LEASE.token);
  });
});

describe('a claim', () => {
  it('whose answer was lost is repeated, and gets the same attempt', async () => {
    const platform = await controlPlaneHarness(async (deps) => {
      let lost = 0;
      const { url } = await servePrivateApi(deps, {
        around: (app) => (request, response) => {
          if (request.url === '/api/claims' && ++lost <= 2) response.end = () => response.destroy();
          app(request, response);
        },
      });
      return openControlPlane(url);
    });
    const { uid } = await platform.givenTask();
    await platform.givenTask();
    const claimed = await platform.control.claim({ ...CLAIM, claimId: newId() });
    expect(claimed).toMatchObject({ taskUid: uid, attempt: 1 });
    expect(await platform.deps.db.attempt.count()).toBe(1);
  });

  it('that was given up is repeated by the next one, with its claim id', async () => {
    let api: ServedApi | null = null;
    let isLost = true;
    const platform = await controlPlaneHarness(async (deps) => {
      api = await servePrivateApi(deps, {
        around: (app) => (request, response) => {
          if (isLost) response.end = () => response.destroy();
          app(request, response);
        },
      });
      return openControlPlane(api.url);
    });
    const { uid } = await platform.givenTask();
    await platform.givenTask();
    await expect(platform.control.claim({ ...CLAIM, claimId: newId() })).rejects.toMatchObject({ name: 'Outage' });
    isLost = false;
    const [first, second] = [
      await platform.control.claim({ ...CLAIM, claimId: newId() }),
      await platform.control.claim({ ...CLAIM, claimId: newId() }),
    ];
    expect(first).toMatchObject({ taskUid: uid, attempt: 1 });
    expect(second?.taskUid).not.toBe(uid);
    expect(await platform.deps.db.attempt.count()).toBe(2);
  });
});
