// Ctrl-C, and connections that break: what is left behind, and how it goes on.

import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { serverProcess } from '../e2e/server-process.ts';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer, startInfer } from './run-infer.ts';
import { startProxy } from './start-proxy.ts';

const LIMIT_MS = 180_000;
const MIB = 1024 * 1024;

/** A zip that slow-echo gives back as it is, as large as that. */
const large = (bytes: number) => zipOf({ 'random.bin': randomBytes(bytes), 'slow-echo.json': '{"seconds": 0}' });

describe('infer, stopped with Ctrl-C', () => {
  const shared = sharedServer();

  async function tasks(): Promise<string[]> {
    const { out } = await runInfer(['tasks', 'list', '-o', 'name', '--url', shared().url]);
    return out.split('\n').filter((line) => line !== '');
  }

  it(
    'in an upload leaves no task',
    async () => {
      const before = await tasks();
      const upload = await startInfer(['run', 'word-count', '-', '-v', '--url', shared().url], {
        stdin: await large(MIB),
        isStdinOpen: true,
      });
      await until('the upload', () => upload.err().includes('POST '));
      upload.child.kill('SIGINT');
      const { code, out, err } = await upload.ended;
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toContain('Stopped: no task was made.');
      expect(await tasks()).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'in a wait leaves the task running, and says how to go on',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 600}');
      const waiting = await startInfer(['run', 'slow-echo', 'slow-echo.json', '--url', shared().url], { cwd });
      const [, id = ''] = await until('the task', () => /^task (\S+)$/m.exec(waiting.err()));
      waiting.child.kill('SIGINT');
      const { code, err } = await waiting.ended;
      expect(code).toBe(130);
      expect(err).toContain(`still running: infer tasks watch ${id}\n`);
      const { out } = await runInfer(['tasks', 'cancel', id, '-o', 'json', '--url', shared().url]);
      expect(['running', 'cancelling', 'cancelled']).toContain(JSON.parse(out).state);
    },
    LIMIT_MS,
  );

  it(
    'in a download keeps what came; the command that it names goes on from there',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'in.zip'), await large(20 * MIB));
      const proxy = await startProxy(shared().url);
      let isCut = false;
      proxy.cut = { afterBytes: 8 * MIB, how: 'stall', onCut: () => (isCut = true) };
      const run = await startInfer(['run', 'slow-echo', 'in.zip', '--url', proxy.url], { cwd });
      await until('the middle of the download', () => isCut, LIMIT_MS);
      const part = await until('its part', async () => (await readdir(cwd)).find((name) => /^in\.out\.zip\.\w{12}\.part$/.test(name)));
      await until('some bytes', async () => (await stat(join(cwd, part))).size > MIB);
      run.child.kill('SIGINT');
      const { code, err } = await run.ended;
      expect(code, err).toBe(130);
      const [, id = '', target = ''] = /Go on: infer tasks output (\S+) -O (\S+)/.exec(err) ?? [];
      const next = await runInfer(['tasks', 'output', id, '-O', target, '--url', proxy.url], { cwd });
      expect(next.code, next.err).toBe(0);
      expect(next.err).toContain('of it earlier');
      expect(proxy.ranges.at(-1)).toMatch(/^bytes=[1-9]\d+-$/);
      expect((await readdir(cwd)).sort()).toEqual(['in.out.zip', 'in.zip']);
    },
    LIMIT_MS,
  );

  it(
    'a part of another output is not taken for this one',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'in.zip'), await large(MIB));
      await writeFile(join(cwd, 'in.out.zip.0123456789ab.part'), 'of another one');
      const { code, err } = await runInfer(['run', 'slow-echo', 'in.zip', '--url', shared().url], { cwd });
      expect(code, err).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'a part that was spoilt is found out by its digest, and removed',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'in.zip'), await large(MIB));
      const run = await runInfer(['run', 'slow-echo', 'in.zip', '-o', 'json', '--url', shared().url], { cwd });
      const { id, output } = JSON.parse(run.out);
      await writeFile(join(cwd, `x.zip.${output.sha256.slice(0, 12)}.part`), 'spoilt');
      const { code, err } = await runInfer(['tasks', 'output', id, '-O', 'x.zip', '--url', shared().url], { cwd });
      expect(code, err).toBe(1);
      expect(err).toContain('its digest is another one');
      expect((await runInfer(['tasks', 'output', id, '-O', 'x.zip', '--url', shared().url], { cwd })).code).toBe(0);
      expect(await readFile(join(cwd, 'x.zip'))).toEqual(await readFile(join(cwd, 'in.out.zip')));
    },
    LIMIT_MS,
  );
});

describe('infer, whose server is started anew', () => {
  it(
    'in the middle of a download goes on by itself, in the file and in a pipe',
    async () => {
      const folder = await testFolder();
      const args = ['--port', '0', '--data-dir', join(folder, 'data')];
      let server = serverProcess(args);
      const proxy = await startProxy(await server.url());
      const restart = () => {
        proxy.target = (async () => {
          server.child.kill('SIGTERM');
          await server.exited();
          server = serverProcess(args);
          return await server.url();
        })();
      };
      await writeFile(join(folder, 'in.zip'), await large(20 * MIB));
      proxy.cut = { afterBytes: 8 * MIB, how: 'break', onCut: restart };
      const run = await runInfer(['run', 'slow-echo', 'in.zip', '-o', 'json', '--url', proxy.url], { cwd: folder });
      expect(run.code, run.err).toBe(0);
      expect(proxy.ranges).toHaveLength(2);
      expect(proxy.ranges[1]).toMatch(/^bytes=[1-9]\d+-$/);

      proxy.cut = { afterBytes: 8 * MIB, how: 'break', onCut: restart };
      const piped = await runInfer(['tasks', 'output', JSON.parse(run.out).id, '-O', '-', '--url', proxy.url]);
      expect(piped.code, piped.err).toBe(0);
      expect(piped.stdout).toEqual(await readFile(join(folder, 'in.out.zip')));
    },
    LIMIT_MS,
  );
});
