// The relay behind a TLS proxy, as it is in production: HAProxy stands in for Traefik, which tests cannot start.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { has, testFolder, until, zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { type LargeUpload, largeUpload } from './large-upload.ts';
import { startProxy, type TlsProxy } from './start-proxy.ts';
import { type Answered, ask, type HttpVersion } from './tls-client.ts';

const KEY = 'the-key-of-the-admin-of-this-test';
const WITH_KEY = { authorization: `Bearer ${KEY}` };
const ECHO = '/api/tasks/?model_human_readable_id=slow-echo';
const LARGE_MIB = 64;
const BOUNDARY_TYPE = 'multipart/form-data; boundary=b';
/** Between two pieces of a slow sender, in milliseconds: far below the relay's idle limit of a minute. */
const SLOW_MS = 40;
/** How long a slow reader takes nothing, in milliseconds: long enough for every buffer on the way to fill. */
const PAUSE_MS = 1000;

/** A server and a TLS proxy in front of it, for all tests of this file. */
function sharedProxy(environment: Record<string, string>): () => TlsProxy & { files: string } {
  const server = sharedServer(environment);
  let proxy: TlsProxy;
  beforeAll(async () => {
    proxy = await startProxy({ host: '127.0.0.1', port: server().port });
  });
  afterAll(() => proxy?.stop());
  return () => ({ ...proxy, files: join(server().dataFolder, 'files') });
}

async function smallBody(): Promise<Buffer> {
  const zip = await zipOf({ 'slow-echo.json': '{"seconds": 0}', 'a.txt': 'hello' });
  const head = '--b\r\nContent-Disposition: form-data; name="zip_file"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n';
  return Buffer.concat([Buffer.from(head), zip, Buffer.from('\r\n--b--\r\n')]);
}

async function postLarge(proxy: TlsProxy, version: HttpVersion, upload: LargeUpload): Promise<string> {
  const posted = await ask(proxy, version, {
    method: 'POST',
    path: ECHO,
    headers: { ...upload.headers, ...WITH_KEY },
    body: upload.body(),
  });
  expect(posted.status, posted.text).toBe(200);
  return `/api/tasks/${JSON.parse(posted.text)}`;
}

/** Asks for the output until the task has ended. */
async function output(proxy: TlsProxy, version: HttpVersion, path: string): Promise<Answered> {
  return until('the output', async () => {
    const answer = await ask(proxy, version, { path, headers: WITH_KEY });
    return answer.status === 551 ? null : answer;
  });
}

/** The SHA-256 of a file in an output, downloaded by a client that stops taking bytes for a while. */
async function slowlyDownloaded(proxy: TlsProxy, path: string, name: string): Promise<string> {
  const folder = await testFolder();
  const zip = join(folder, 'output.zip');
  const asking = request({ host: 'localhost', port: proxy.port, ca: proxy.ca, path, headers: WITH_KEY, agent: false }).end();
  const [answer] = await once(asking, 'response');
  await wait(PAUSE_MS);
  await pipeline(answer, createWriteStream(zip));
  await extractZip(zip, join(folder, 'output'));
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, 'output', name)), hash);
  return hash.digest('hex');
}

describe.skipIf(!has('haproxy') || !has('openssl'))('through a TLS proxy', () => {
  const keyed = sharedProxy({ ADMIN_KEY: KEY });
  const anonymous = sharedProxy({ LEGACY_ANONYMOUS: '1' });

  describe.each<HttpVersion>(['HTTP/1.1', 'HTTP/2'])('over %s', (version) => {
    it(`a zip of ${LARGE_MIB} MiB goes up, and its output comes down, even to a client that dawdles`, async () => {
      const proxy = keyed();
      const upload = largeUpload(LARGE_MIB);
      const path = await postLarge(proxy, version, upload);
      const answer = await output(proxy, version, path);
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      expect(answer.bytes).toBeGreaterThan(LARGE_MIB * 1024 ** 2);
      expect(await slowlyDownloaded(proxy, path, upload.file.name)).toBe(upload.file.sha256);
    }, 60_000);

    it('nobody without a key is served, whatever the request says of where it comes from', async () => {
      const proxy = keyed();
      const lies: Record<string, string>[] = [
        {},
        { 'x-forwarded-for': '127.0.0.1' },
        { 'x-forwarded-for': '127.0.0.1, 127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
        { 'x-caller': 'local', 'x-relay-token': 'x'.repeat(43) },
        { connection: 'x-forwarded-for' },
      ];
      for (const headers of lies.filter((lie) => version === 'HTTP/1.1' || lie['connection'] === undefined)) {
        expect((await ask(proxy, version, { path: '/api/models/', headers })).status, JSON.stringify(headers)).toBe(401);
      }
      expect((await ask(proxy, version, { path: '/api/models/', headers: WITH_KEY })).status).toBe(200);
    });

    it('clients without a key are served with LEGACY_ANONYMOUS, as anybody and not as this machine', async () => {
      const proxy = anonymous();
      const headers = { 'content-type': BOUNDARY_TYPE };
      const posted = await ask(proxy, version, { method: 'POST', path: ECHO, headers, body: [await smallBody()] });
      expect(posted.status, posted.text).toBe(200);
      const model = '/api/models/?human_readable_id=mine&container_tag=mine:1';
      // The programs of this machine may register models.
      expect((await ask(proxy, version, { method: 'POST', path: model })).status).toBe(405);
    });

    it('an upload that comes slowly is taken', async () => {
      const proxy = keyed();
      const whole = await smallBody();
      async function* slowly() {
        for (let at = 0; at < whole.length; at += 16) {
          yield whole.subarray(at, at + 16);
          await wait(SLOW_MS);
        }
      }
      const headers = { 'content-type': BOUNDARY_TYPE, ...WITH_KEY };
      const posted = await ask(proxy, version, { method: 'POST', path: ECHO, headers, body: slowly() });
      expect(posted.status, posted.text).toBe(200);
      expect((await output(proxy, version, `/api/tasks/${JSON.parse(posted.text)}`)).status).toBe(200);
    });

    it('an upload that is broken off leaves nothing', async () => {
      const { files, ...proxy } = keyed();
      const arriving = async () => (await readdir(join(files, 'tmp'))).length;
      const upload = largeUpload(LARGE_MIB);
      const arrived = Promise.withResolvers<void>();
      async function* brokenOff() {
        let sent = 0;
        for (const piece of upload.body()) {
          if (sent > LARGE_MIB / 2) {
            await arrived.promise;
            throw new Error('the client breaks off');
          }
          yield piece;
          sent += 1;
        }
      }
      const sending = ask(proxy, version, { method: 'POST', path: ECHO, headers: { ...upload.headers, ...WITH_KEY }, body: brokenOff() });
      sending.catch(() => {});
      await until('a part of it to arrive', async () => (await arriving()) === 1);
      arrived.resolve();
      await expect(sending).rejects.toThrow();
      await until('that part to be gone', async () => (await arriving()) === 0);
    });
  });
});
