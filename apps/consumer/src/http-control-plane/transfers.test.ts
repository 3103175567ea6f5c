// Inputs and outputs over connections that break.

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type ClaimedAttempt, CONSUMER_ROUTES } from '@inference/contracts';
import { newId, systemClock } from '@inference/domain';
import { createPrivateServer } from '@inference/private-api';
import { CONSUMER_KEY, controlPlaneHarness, givenTask, type ServedApi, servePrivateApi } from '@inference/private-api/testing';
import { createLog } from '@inference/service';
import { testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Api } from './api.ts';
import { download } from './download.ts';
import { Patience } from './patience.ts';
import { openControlPlane } from './testing/open-control-plane.ts';
import { tcpProxy } from './testing/tcp-proxy.ts';
import { upload } from './upload.ts';

const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;

/** A private API with a claimed attempt whose input does not fit into the buffers of a connection. */
async function setup() {
  let api: ServedApi | null = null;
  let around = (app: RequestListener): RequestListener => app;
  const platform = await controlPlaneHarness(async (deps) => {
    api = await servePrivateApi(deps, { around: (app) => (request, response) => around(app)(request, response) });
    return openControlPlane(api.url);
  });
  const served = api as unknown as ServedApi;
  const input = await zipOf({ 'in.bin': randomBytes(24 * MIB) });
  await givenTask(platform.deps, 'echo', input);
  const claimed = (await platform.control.claim({
    claimId: newId(),
    consumerId: 'c1',
    bootId: 'b1',
    pools: ['docker-cpu'],
  })) as ClaimedAttempt;
  const path = join(await testFolder(), 'file.zip');
  /** Lets a test see, and act on, each request before the app gets it. */
  const watch = (see: (headers: IncomingHttpHeaders, socket: { destroy(): void }) => void) => {
    around = (app) => (request, response) => {
      see(request.headers, request.socket);
      app(request, response);
    };
  };
  const restart = async () => {
    await served.stop();
    await servePrivateApi(platform.deps, { port: served.port });
  };
  return { ...platform, served, input, claimed, path, watch, restart };
}

/** What a call of the adapter gets that is made by itself, over a proxy. */
function alone(url: string, idleMs: number) {
  const api = new Api(url, CONSUMER_KEY);
  onTestFinished(() => api.close());
  const patience = new Patience({ clock: systemClock, log: createLog({ level: 'silent' }), forMs: 10_000, about: {} });
  return { api, patience, signal: NEVER, idleMs };
}

/** A process of its own that downloads what an address leads to, and prints what came of it: the code of the error, if any. */
const DOWNLOADING = `process.on('SIGXFSZ', () => {});
const [folder, url, wanted] = process.argv.slice(1);
const { Api } = await import(folder + '/api.ts');
const { download } = await import(folder + '/download.ts');
const api = new Api(url, 'key');
const options = { patience: { keepTrying: (attempt) => attempt(), renew() {} }, signal: new AbortController().signal, idleMs: 10_000 };
console.log(await download(api, JSON.parse(wanted), options).then(() => 'whole', (error) => error.code));
api.close();`;

describe('a download', () => {
  it('goes on where it was when the private API is killed and started again in the middle', async () => {
    const { control, claimed, path, input, watch, served, restart } = await setup();
    const ranges: (string | undefined)[] = [];
    watch(({ range }) => ranges.push(range));
    served.server.once('request', (_request, response) => response.once('drain', () => response.once('drain', () => void restart())));
    await control.fetchInput(claimed, path, NEVER);
    expect((await readFile(path)).equals(input)).toBe(true);
    expect(ranges[0]).toBeUndefined();
  });

  it('asks for the rest only', async () => {
    const { control, claimed, path, input, watch } = await setup();
    const ranges: (string | undefined)[] = [];
    let had = 0;
    const bytesThere = async () => (await stat(path).catch(() => ({ size: 0 }))).size;
    watch(({ range }, socket) => {
      ranges.push(range);
      if (ranges.length > 3) return;
      void until('more of the file', async () => (await bytesThere()) > had).then(async () => {
        had = await bytesThere();
        socket.destroy();
      });
    });
    await control.fetchInput(claimed, path, NEVER);
    expect((await readFile(path)).equals(input)).toBe(true);
    const starts = ranges.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThan(0);
  });

  it('is cut and begun again when the other side is gone without a word', async () => {
    const { served, claimed, path, input } = await setup();
    const proxy = await tcpProxy(served.port);
    served.server.once('request', (_request, response) => response.once('drain', () => proxy.holdOpenConnections()));
    const wanted = { route: CONSUMER_ROUTES.fetchInput, lease: claimed, path, ...claimed.input };
    const { api, ...options } = alone(proxy.url, 200);
    await download(api, wanted, options);
    expect((await readFile(path)).equals(input)).toBe(true);
    expect(proxy.count()).toBeGreaterThan(1);
  });

  it.each([
    ['another content', { sha256: 'f'.repeat(64) }],
    ['more bytes', { bytes: 1000 }],
    ['fewer bytes', { bytes: 100 * MIB }],
  ])('of %s than the claim said fails, and leaves nothing', async (_what, change) => {
    const { control, claimed, path } = await setup();
    await expect(control.fetchInput({ ...claimed, input: { ...claimed.input, ...change } }, path, NEVER)).rejects.toThrow('claim');
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('of whose last piece the disk takes only a part fails as the disk says, and leaves nothing', async () => {
    const content = randomBytes(1500);
    const server = createPrivateServer((_request, response) => response.end(content));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const path = join(await testFolder(), 'file.zip');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const lease = { taskUid: newId(), attempt: 1, token: newId() };
    const wanted = { route: CONSUMER_ROUTES.fetchInput, lease, path, bytes: content.length, sha256 };
    // No file may be larger than 1 KiB: a limit on a file takes a part, and then fails, as a full disk does.
    // What Node keeps of what it has compiled would be too large, too.
    const script = 'ulimit -f 1; NODE_DISABLE_COMPILE_CACHE=1 exec "$0" --input-type=module -e "$@"';
    const limited = ['-c', script, process.execPath, DOWNLOADING, import.meta.dirname];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stdout } = await promisify(execFile)('bash', [...limited, url, JSON.stringify(wanted)]);
    expect(stdout.trim()).toBe('EFBIG');
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('ends when the attempt is interrupted while the private API is away', async () => {
    const { control, claimed, path, served } = await setup();
    await served.stop();
    const aborter = new AbortController();
    const ended = control.fetchInput(claimed, path, aborter.signal).catch((error: Error) => error.message);
    aborter.abort('drain');
    expect(await ended).toBe('The private API cannot be reached.');
    expect(await readdir(join(path, '..'))).toEqual([]);
  });
});

describe('an upload', () => {
  const content = randomBytes(900_000);
  const pieces = () => Array.from({ length: 9 }, (_, at) => content.subarray(at * 100_000, (at + 1) * 100_000));

  it('is begun anew when the private API is killed and started again in the middle, and nothing of the first is left', async () => {
    const { control, claimed, folder, restart } = await setup();
    let tries = 0;
    const openZip = () => {
      tries += 1;
      const isFirst = tries === 1;
      const make = async function* () {
        for (const [index, piece] of pieces().entries()) {
          if (isFirst && index === 5) {
            await until('half a file', async () => (await readdir(join(folder, 'tmp'))).length === 1);
            await restart();
          }
          yield piece;
        }
      };
      return Readable.from(make(), { objectMode: false });
    };
    const stored = await control.putOutput(claimed, openZip, NEVER);
    expect(stored).toMatchObject({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    expect(tries).toBe(2);
    expect(await readFile(join(folder, stored.key))).toEqual(content);
    await until('the end of the half file', async () => (await readdir(join(folder, 'tmp'))).length === 0);
    expect(await readdir(join(folder, 'outputs'))).toHaveLength(1);
  });

  it('is cut when the other side is gone without a word', async () => {
    const { served, claimed } = await setup();
    const proxy = await tcpProxy(served.port);
    const { api, signal, idleMs } = alone(proxy.url, 200);
    const openZip = () => {
      proxy.holdOpenConnections();
      return Readable.from(pieces());
    };
    await expect(upload(api, claimed, openZip, { signal, idleMs })).rejects.toMatchObject({ name: 'Outage' });
    // A disk that is busy says nothing for longer than that.
    const stored = await upload(api, claimed, () => Readable.from(pieces()), { signal, idleMs: 10_000 });
    expect(stored.bytes).toBe(content.length);
  });

  it('is cut by the private API when the consumer is gone without a word, and nothing of it is left', async () => {
    const { served, claimed, control, countFiles } = await setup();
    const sockets: { timeout?: number | undefined; emit(event: 'timeout'): boolean; destroyed: boolean }[] = [];
    served.server.on('checkContinue', ({ socket }) => sockets.push(socket));
    const aborter = new AbortController();
    const silent = () => {
      const zip = new Readable({ read: () => {} });
      zip.push(content);
      return zip;
    };
    const uploading = control.putOutput(claimed, silent, aborter.signal).catch(() => {});
    await until('half a file', async () => (await countFiles()) === 1);
    expect(sockets[0]?.timeout).toBe(120_000);
    sockets[0]?.emit('timeout');
    await until('the end of the half file', async () => (await countFiles()) === 0);
    expect(sockets[0]?.destroyed).toBe(true);
    aborter.abort();
    await uploading;
  });

  it('that arrived with another content than was sent does not count', async () => {
    const server = createPrivateServer((request, response) => {
      response.writeContinue();
      const answer = { key: 'outputs/x.zip', bytes: content.length, sha256: '0'.repeat(64) };
      request.resume().once('end', () => response.end(JSON.stringify(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { api, signal, idleMs } = alone(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 5_000);
    onTestFinished(() => {
      api.close();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    const lease = { taskUid: newId(), attempt: 1, token: newId() };
    await expect(upload(api, lease, () => Readable.from(pieces()), { signal, idleMs })).rejects.toThrow('another content');
  });

  it('of an attempt that is over is refused before anything is zipped', async () => {
    const { control, claimed } = await setup();
    let opened = 0;
    const openZip = () => {
      opened += 1;
      return Readable.from(pieces());
    };
    await expect(control.putOutput({ ...claimed, token: newId() }, openZip, NEVER)).rejects.toMatchObject({ code: 'stale' });
    expect(opened).toBe(0);
  });
});
