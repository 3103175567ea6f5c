// The services as processes of their own, behind a TLS proxy: HAProxy stands in for Traefik, which tests cannot start.
//
//   CI=true or TRANSFER_MIB=3072 npm test -- tests/tls/services     moves a larger zip; needs 4 times the disk, and one to three minutes

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { has, testRabbitMq, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryWatch } from '../../bench/memory-watch.ts';
import { installation, newSecret } from '../services/installation.ts';
import { type ServiceProcess, serviceProcess } from '../services/service-process.ts';
import { largeUpload } from './large-upload.ts';
import { startProxy, type TlsProxy } from './start-proxy.ts';
import { ask } from './tls-client.ts';

const MIB = 1024 ** 2;
const { CI, TRANSFER_MIB: WANTED_MIB } = process.env;
/** Only what is much larger than the limit of memory shows that none of it is kept. */
const TRANSFER_MIB = Number(WANTED_MIB ?? (CI === 'true' ? 3072 : 64));
/** No process of ours may ever take more, however large the zip. */
const MEMORY_MIB_MAX = 200;
/** What a transfer may take, in milliseconds: a minute, and four for each gigabyte. */
const TRANSFER_LIMIT_MS = 60_000 + TRANSFER_MIB * 240;
/** How the images start Node. */
const NODE_OPTIONS = '--max-semi-space-size=1';

async function proxyTo(relay: ServiceProcess): Promise<TlsProxy> {
  const { hostname: host, port } = new URL(await relay.ready());
  const proxy = await startProxy({ host, port: Number(port) });
  onTestFinished(() => proxy.stop());
  return proxy;
}

/** A private API that answers with the headers it was sent. */
async function echoUpstream(): Promise<string> {
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(!has('haproxy') || !has('openssl'))('the services behind a TLS proxy', () => {
  it('believe the proxy, and not the client, of where a request comes from', async () => {
    const settings = { PRIVATE_API_URL: await echoUpstream(), RELAY_TOKEN: newSecret() };
    const trusting = await proxyTo(serviceProcess('public-api', { ...settings, TRUSTED_PROXIES: '127.0.0.1' }));
    const lies = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const told = JSON.parse((await ask(trusting, 'HTTP/1.1', { path: '/api/models/', headers: lies })).text);
    const { port } = trusting;
    expect(told).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': `localhost:${port}` });

    const other = serviceProcess('public-api', { ...settings, TRUSTED_PROXIES: '192.0.2.1' });
    const answer = await fetch(`${await other.ready()}/api/models/`, { headers: { ...lies, 'x-forwarded-proto': 'https' } });
    expect(await answer.json()).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
  });

  it.skipIf(!has('bubblewrap'))(
    `pass a zip of ${TRANSFER_MIB} MiB up and its output down, each process with less than ${MEMORY_MIB_MAX} MiB`,
    async () => {
      const ours = await installation(has('rabbitmq') ? { rabbitUrl: (await testRabbitMq()).url } : {});
      const privateApi = ours.start('private-api', undefined, { NODE_OPTIONS });
      const privateUrl = await privateApi.ready();
      const relay = ours.start('public-api', privateUrl, { NODE_OPTIONS, TRUSTED_PROXIES: '127.0.0.1' });
      const consumer = ours.start('consumer', privateUrl, { NODE_OPTIONS });
      await consumer.ready();
      const proxy = await proxyTo(relay);
      const pids = { proxy: proxy.pid, relay: relay.child.pid, 'private API': privateApi.child.pid, consumer: consumer.child.pid };
      const watches = Object.entries(pids).map(([name, pid]) => [name, new MemoryWatch(Number(pid))] as const);
      onTestFinished(() => {
        for (const [, watch] of watches) watch[Symbol.dispose]();
      });

      const upload = largeUpload(TRANSFER_MIB);
      const headers = { authorization: `Bearer ${ours.adminKey}` };
      const path = '/api/tasks/?model_human_readable_id=slow-echo';
      const posted = await ask(proxy, 'HTTP/1.1', {
        method: 'POST',
        path,
        headers: { ...headers, ...upload.headers },
        body: upload.body(),
      });
      expect(posted.status, posted.text).toBe(200);
      const task = `/api/tasks/${JSON.parse(posted.text)}`;
      const answer = await until(
        'the output',
        async () => {
          const each = await ask(proxy, 'HTTP/1.1', { path: task, headers });
          return each.status === 551 ? null : each;
        },
        TRANSFER_LIMIT_MS,
      );
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      expect(answer.bytes).toBeGreaterThan(TRANSFER_MIB * MIB);

      const peaks: Record<string, number> = {};
      for (const [name, watch] of watches) {
        for (const [role, bytes] of Object.entries(await watch.peaks())) {
          if (role !== 'model') peaks[role === 'server' ? name : `${name}: ${role}`] = Math.round(bytes / MIB);
        }
      }
      process.stdout.write(`${TRANSFER_MIB} MiB through a TLS proxy, peak memory in MiB: ${JSON.stringify(peaks)}\n`);
      expect(Object.keys(peaks)).toEqual(expect.arrayContaining(['proxy', 'relay', 'private API', 'private API: zip check', 'consumer']));
      for (const [name, mib] of Object.entries(peaks)) expect(mib, name).toBeLessThan(MEMORY_MIB_MAX);
    },
    TRANSFER_LIMIT_MS,
  );
});
