import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { testServer } from '../e2e/test-server.ts';
import { importPythonImage } from './python-image.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);

describe('infer init model', () => {
  it('makes a model that passes its own test', async () => {
    const cwd = await testFolder();
    const { code, out, err } = await runInfer(['init', 'model', 'my-model'], { cwd });
    expect({ code, out }, err).toEqual({ code: 0, out: `${join(cwd, 'my-model')}\n` });
    const [, test = ''] = /Next:\n {2}(.+)\n/.exec(err) ?? [];
    const { stderr } = await run('sh', ['-euc', test], { cwd, env: { PATH: '/usr/bin:/bin' } });
    expect(stderr).toMatch(/Ran 2 tests[\s\S]*OK/);
  });

  it('makes a model that a server runs from its folder', async () => {
    const cwd = await testFolder();
    await runInfer(['init', 'model', 'models/my-model'], { cwd });
    const { url } = await testServer({ MODELS_DIR: join(cwd, 'models') });
    const ended = await runInfer(['run', 'my-model', 'models/my-model/sample', '-O', 'out', '--url', url], { cwd });
    expect(ended.code, ended.err).toBe(0);
    expect(await readFile(join(cwd, 'out', 'files.csv'), 'utf8')).toMatch(
      /^file,bytes,sha256\r\nfirst\.txt,6,[0-9a-f]{64}\r\nfolder\/second\.txt,7,/,
    );
  });

  it.skipIf(!has('docker'))('makes a model that runs in a container by the commands that it prints', async () => {
    const cwd = await testFolder();
    const id = `init-${process.pid}`;
    const base = `inference-init-${process.pid}:1`;
    await importPythonImage(base);
    const { err } = await runInfer(['init', 'model', id], { cwd });
    const [build = '', ...commands] =
      /Next:\n.+\n([\s\S]+)$/
        .exec(err)?.[1]
        ?.trim()
        .split('\n')
        .map((line) => line.trim()) ?? [];
    onTestFinished(async () => void (await run('docker', ['image', 'rm', '-f', `${id}:1`, base])));
    await run('sh', ['-euc', build.replace('docker build', `docker build --build-arg BASE=${base}`)], { cwd });
    const { url } = await testServer();
    for (const command of commands) {
      const ended = await runInfer([...command.split(' ').slice(1), '--url', url], { cwd });
      expect(ended.code, ended.err).toBe(0);
    }
  });

  it('writes nothing where something is, and no name that an image cannot have', async () => {
    const cwd = await testFolder();
    await mkdir(join(cwd, 'full'));
    await writeFile(join(cwd, 'full', 'model.py'), 'mine');
    expect(await runInfer(['init', 'model', 'full'], { cwd })).toMatchObject({ code: 2, err: expect.stringContaining('not empty') });
    expect(await readFile(join(cwd, 'full', 'model.py'), 'utf8')).toBe('mine');
    expect(await runInfer(['init', 'model', 'My Model'], { cwd })).toMatchObject({ code: 2, err: expect.stringContaining('--id') });
    expect(await runInfer(['init', 'model', 'My Model', '--id', 'my-model', '--gpu'], { cwd })).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(join(cwd, 'My Model', 'model.json'), 'utf8'))).toMatchObject({
      humanReadableId: 'my-model',
      useGpu: true,
    });
  });
});
