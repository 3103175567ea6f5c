import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { freePorts, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runInfer, startInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 180_000 });

/** A folder of state, and one of data, of the running test's own; its server is stopped at the end. */
async function place() {
  const folder = await testFolder();
  const environment = { XDG_STATE_HOME: join(folder, 'state') };
  onTestFinished(async () => void (await runInfer(['down'], { environment })));
  const state = async () =>
    JSON.parse(await readFile(join(folder, 'state', 'inference-server', 'server.json'), 'utf8')) as { pid: number; url: string };
  return { folder, environment, state, flags: ['--port', '0', '--data-dir', join(folder, 'data')] };
}

async function writeState(environment: { XDG_STATE_HOME: string }, pid: number): Promise<void> {
  const folder = join(environment.XDG_STATE_HOME, 'inference-server');
  await mkdir(folder, { recursive: true });
  const state = { url: 'http://127.0.0.1:1', pid, dataFolder: '/d', startedAt: '2026-01-01T00:00:00.000Z' };
  await writeFile(join(folder, 'server.json'), JSON.stringify(state));
}

describe('infer up', () => {
  it('starts a server that goes on in the background, says where one runs already, and down stops it', async () => {
    const { environment, state, flags } = await place();
    const started = await runInfer(['up', '--detach', ...flags], { environment });
    expect(started.code, started.err).toBe(0);
    const { pid, url } = await state();
    expect(started.out).toMatch(new RegExp(`^Started \\(process ${pid}, since .+\\): ${url}$`, 'm'));
    expect((await runInfer(['models', 'list', '-o', 'name'], { environment })).out).toContain('word-count');

    const again = await runInfer(['up', ...flags], { environment });
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining(`Already running (process ${pid}`) });
    const shown = await runInfer(['status', '-o', 'json'], { environment });
    expect(JSON.parse(shown.out)).toMatchObject({ url, pid, state: 'ready' });

    expect(await runInfer(['down'], { environment })).toMatchObject({ code: 0, err: expect.stringContaining(`Stopped ${url}.`) });
    await expect(fetch(url)).rejects.toThrow();
    expect(await runInfer(['status'], { environment })).toMatchObject({ code: 1, err: expect.stringContaining('infer up') });
    expect(await runInfer(['down'], { environment })).toMatchObject({ code: 0 });
  });

  it('becomes the server in the foreground: a signal to it stops the server in order', async () => {
    const { environment, flags } = await place();
    const running = await startInfer(['up', ...flags], { environment });
    await until('the server', async () => (await runInfer(['status'], { environment })).code === 0, 60_000);
    running.child.kill('SIGTERM');
    const { code, out } = await running.ended;
    expect({ code, isTold: out.includes('Stop:  Ctrl-C') }).toEqual({ code: 0, isTold: true });
  });

  it('tells why a server in the background has not started', async () => {
    const { environment, folder } = await place();
    const [port = 0] = await freePorts(1);
    const taken = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void taken.close());
    const { code, out, err } = await runInfer(['up', '-d', '--port', String(port), '--data-dir', join(folder, 'data')], { environment });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`Port ${port} of 127.0.0.1 is taken`);
  });
});

describe('infer up, away from a checkout', () => {
  /** The program as it is installed: it lies in no checkout. */
  async function installed() {
    const folder = await testFolder();
    const cli = join(import.meta.dirname, '..', '..', 'apps', 'cli');
    const { rolldown } = await import('rolldown');
    const bundle = await rolldown({ input: join(cli, 'src', 'main.ts'), platform: 'node' });
    await bundle.write({ file: join(folder, 'infer.mjs'), format: 'esm', codeSplitting: false });
    await bundle.close();
    return join(folder, 'infer.mjs');
  }
  function run(program: string, args: string[], cwd: string, env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [program, ...args], { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...env } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    return new Promise<{ code: number | null; text: string }>((resolve) => child.once('close', (code) => resolve({ code, text })));
  }

  it('starts the services where the compose file lies, and says what to type where there is none', async () => {
    const program = await installed();
    const folder = await testFolder();
    const nothing = await run(program, ['up'], folder);
    expect(nothing.code).toBe(1);
    expect(nothing.text).toContain('npm start');
    expect(nothing.text).toContain('docker compose up -d');

    await copyFile(join(import.meta.dirname, '..', '..', 'docker-compose.yaml'), join(folder, 'docker-compose.yaml'));
    // A stand-in that tells what it was asked to do: real services take minutes, and tests/compose starts them.
    await writeFile(join(folder, 'docker'), `#!/bin/sh\necho "$PWD: $*" >> '${folder}/asked'\n`);
    await chmod(join(folder, 'docker'), 0o755);
    const PATH = `${folder}:${process.env['PATH']}`;
    expect(await run(program, ['up'], folder, { PATH })).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(`${folder}: compose version\n${folder}: compose up -d\n`);
    expect(await run(program, ['up', '--port', '1'], folder, { PATH })).toMatchObject({ code: 2, text: expect.stringContaining('.env') });
  });
});

describe('infer down', () => {
  it('signals no process but a server: a number in the file may be that of another program by now', async () => {
    const { environment, folder } = await place();
    const stranger = spawn('sleep', ['600']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    await writeState(environment, Number(stranger.pid));
    const { code, err } = await runInfer(['down'], { environment });
    expect({ code, isTold: err.includes('is no InferenceServer') }).toEqual({ code: 1, isTold: true });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await expect(stat(join(folder, 'state', 'inference-server', 'server.json'))).resolves.toBeDefined();
  });
});
