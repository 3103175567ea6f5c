// infer --legacy, on the routes that the Python original has.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { testFolder, zipOf } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

const LIMIT_MS = 120_000;

describe('infer --legacy', () => {
  const shared = sharedServer();
  const infer = (args: string[], options: Parameters<typeof runInfer>[1] = {}) =>
    runInfer([...args, '--legacy', '--url', shared().url], options);

  it(
    'posts a task, waits, and gets its output',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 1}');
      const { code, out, err } = await infer(['run', 'slow-echo', 'slow-echo.json', '-O', 'result'], { cwd });
      expect(code, err).toBe(0);
      expect(out).toBe(`${join(cwd, 'result')}\n`);
      expect(await readdir(join(cwd, 'result'))).toEqual(['slow-echo.json']);
    },
    LIMIT_MS,
  );

  it(
    'posts a task now and gets its output later, also in a pipe',
    async () => {
      const cwd = await testFolder();
      const posted = await infer(['run', 'word-count', '-', '--detach'], { stdin: await zipOf({ 'a.txt': 'one two\n' }) });
      expect(posted.out, posted.err).toMatch(/^\S{43}\n$/);
      const got = await infer(['tasks', 'output', posted.out.trim(), '-O', 'out.zip'], { cwd });
      expect(got.code, got.err).toBe(0);
      const piped = await infer(['tasks', 'output', posted.out.trim(), '-O', '-'], { cwd });
      expect(piped.stdout).toEqual(await readFile(join(cwd, 'out.zip')));
      expect(await readdir(cwd)).toEqual(['out.zip']);
    },
    LIMIT_MS,
  );

  it(
    'posts a model with its files, and lists it',
    async () => {
      const weights = await testFolder();
      await writeFile(join(weights, 'weights.bin'), 'x');
      const added = await infer([
        'models',
        'add',
        'old',
        '--image',
        'lab/old:1',
        '--weights',
        weights,
        '--description',
        'Old.',
        '-o',
        'json',
      ]);
      expect(added.code, added.err).toBe(0);
      expect(JSON.parse(added.out)).toMatchObject({
        human_readable_id: 'old',
        container_tag: 'lab/old:1',
        use_gpu: false,
        model_available: true,
      });
      expect((await infer(['models', 'list'])).out).toMatch(/^old +no +yes +lab\/old:1 +Old\.$/m);
      expect((await infer(['models', 'add', 'old', '--image', 'lab/old:1'])).code).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'ends as the task does',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 0, "fail": true}');
      expect(await infer(['run', 'slow-echo', 'slow-echo.json'], { cwd })).toMatchObject({ code: 3, out: '' });
      expect((await infer(['tasks', 'output', 'x'.repeat(43)], { cwd })).code).toBe(5);
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 600}');
      const { code, err } = await infer(['run', 'slow-echo', 'slow-echo.json', '--timeout', '2'], { cwd });
      expect(code, err).toBe(6);
      const [, uid = ''] = /infer --legacy tasks output (\S+)/.exec(err) ?? [];
      await runInfer(['tasks', 'cancel', uid, '--url', shared().url]);
      expect(await readdir(cwd)).toEqual(['slow-echo.json']);
    },
    LIMIT_MS,
  );

  it(
    'says of what the original cannot do that it cannot',
    async () => {
      expect(await infer(['tasks', 'list'])).toMatchObject({ code: 2, out: '' });
      expect((await infer(['run', 'word-count', import.meta.filename, '-l', 'a=b'])).err).toContain('--label');
      const asking = await infer(['run', 'word-count', import.meta.filename, '--gpus', '2']);
      expect(asking).toMatchObject({ code: 2, err: expect.stringContaining('--gpus') });
    },
    LIMIT_MS,
  );
});

describe('a server as the original is', () => {
  /** Nests its words twice, knows no ranges, and breaks off the first download. */
  async function original(zip: Buffer): Promise<string> {
    let asked = 0;
    const server: Server = createServer((request, response) => {
      request.resume();
      if (request.method === 'POST')
        return void request.on('end', () => response.setHeader('content-type', 'application/json').end('"the-uid"'));
      asked++;
      if (asked <= 2) return void response.writeHead(551).end('{"detail": {"detail": "Job status is \'pending\' or \'running\'"}}');
      if (request.url?.endsWith('/lost') === true) return void response.writeHead(553).end('{"detail": {"detail": "It is gone"}}');
      response.writeHead(200, { 'content-length': String(zip.length) });
      if (asked > 3) return void response.end(zip);
      response.write(zip.subarray(0, 100));
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it(
    'is asked again where a download broke, from the start',
    async () => {
      const zip = await zipOf({ 'a.txt': 'x'.repeat(100_000), 'b.bin': Buffer.from('b') });
      const url = await original(zip);
      const cwd = await testFolder();
      const { code, err } = await runInfer(['run', 'any', '-', '-O', 'out.zip', '--legacy', '--url', url], { cwd, stdin: zip });
      expect(code, err).toBe(0);
      expect(await readFile(join(cwd, 'out.zip'))).toEqual(zip);
      expect(await readdir(cwd)).toEqual(['out.zip']);
      const lost = await runInfer(['tasks', 'output', 'lost', '--legacy', '--url', url], { cwd });
      expect(lost).toMatchObject({ code: 1 });
      expect(lost.err).toContain('It is gone');
    },
    LIMIT_MS,
  );
});
