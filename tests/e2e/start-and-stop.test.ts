// What a user sees who starts and stops the server.

import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePorts, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ended, postTask } from './client.ts';
import { NPM_START, START_DEADLINE_MS, serverProcess } from './server-process.ts';

// Some start two servers, with databases of their own, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

async function dataFolder(): Promise<string> {
  return join(await testFolder(), 'data');
}

/** A port that somebody listens on: this one (whoever it is), or a free one that is taken now. */
async function takenPort(port = 0): Promise<number> {
  const server = createServer();
  const taken = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(true)).listen(port, '127.0.0.1', () => resolve(false));
  });
  if (taken) return port;
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

describe('npm start', () => {
  it('tells where it is, what works, and what to type next', async () => {
    const data = await dataFolder();
    const server = serverProcess(['--port', '0', '--data-dir', data]);
    const url = await server.url();
    const banner = server.output();
    for (const part of [`${url}/docs`, data, 'Docker', 'GPUs', 'Sandbox', 'word-count', 'curl -F input=@']) expect(banner).toContain(part);
    expect((await fetch(`${url}/docs/`)).status).toBe(200);
  });

  it('tells of a Docker that is not there in its banner, and nothing before that', async () => {
    const folder = await dataFolder();
    const server = serverProcess(['--port', '0', '--data-dir', folder], { DOCKER_SOCKET: join(folder, 'none.sock') });
    await server.url();
    expect(server.output()).toMatch(/^InferenceServer [\s\S]*Docker +\S.*Container models wait/);
    expect(server.output()).not.toContain('{');
  });

  it('refuses a port that is taken, with the command to try', async () => {
    const port = await takenPort();
    const server = serverProcess(['--port', String(port), '--data-dir', await dataFolder()]);
    expect(await server.exited()).toBe(1);
    expect(server.output()).toContain(`Port ${port} of 127.0.0.1 is taken. Try: npm start -- --port ${port + 1}`);
  });

  it('takes the next free port where the default one is taken, and says so', async () => {
    await takenPort(7420);
    const server = serverProcess(['--data-dir', await dataFolder()]);
    const port = Number(new URL(await server.url()).port);
    expect(port).toBeGreaterThan(7420);
    expect(server.output()).toContain(`port 7420 is taken, using ${port}`);
  });

  it('refuses a second server on the same data folder', async () => {
    const data = await dataFolder();
    await serverProcess(['--port', '0', '--data-dir', data]).url();
    const second = serverProcess(['--port', '0', '--data-dir', data]);
    expect(await second.exited()).toBe(1);
    expect(second.output()).toContain('Another server uses the data folder');
  });

  it('tells every problem of its configuration at once, with exit code 2', async () => {
    const server = serverProcess(['--port', '99999'], { ZIP_CHECKERS: 'many', ADMIN_KEY: 'short' });
    expect(await server.exited()).toBe(2);
    for (const problem of ['--port must be at most 65535', 'ZIP_CHECKERS must be a number', 'ADMIN_KEY must have at least 32 characters']) {
      expect(server.output()).toContain(problem);
    }
    expect(server.output()).not.toContain('short\n');
  });

  it('lets no other machine in unless its admin says so', async () => {
    const server = serverProcess(['--host', '0.0.0.0', '--port', '0', '--data-dir', await dataFolder()]);
    expect(await server.exited()).toBe(2);
    expect(server.output()).toContain('would let other machines in. Set ADMIN_KEY');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with exit code 0 on %s, after what runs has ended', async (signal) => {
    const server = serverProcess(['--port', '0', '--data-dir', await dataFolder()]);
    const url = await server.url();
    const uid = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 4}' });
    await until('the task to run', async () => (await fetch(`${url}/api/tasks/${uid}`)).headers.get('x-task-state') === 'running');
    server.child.kill(signal);
    expect(await server.exited()).toBe(0);
    expect(server.output()).toContain('Stopping');
  });

  it('goes on when nobody reads its output any more, and still ends with exit code 0 on SIGTERM', async () => {
    const server = serverProcess(['--port', '0', '--data-dir', await dataFolder()]);
    const url = await server.url();
    server.stopReading();
    const uid = await postTask(url, 'slow-echo', { 'slow-echo.json': '{"seconds": 4}' });
    await until('the task to run', async () => (await fetch(`${url}/api/tasks/${uid}`)).headers.get('x-task-state') === 'running');
    server.child.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
  });

  it('serves when whoever should read the banner is gone before it comes', async () => {
    const [port] = await freePorts(1);
    const server = serverProcess(['--port', String(port), '--data-dir', await dataFolder()], { LOG_LEVEL: 'debug' });
    server.stopReading();
    const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
    await until('the server to serve', isReady, START_DEADLINE_MS);
    await postTask(`http://127.0.0.1:${port}`, 'slow-echo', { 'slow-echo.json': '{"seconds": 0}' });
    server.child.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
  });

  it('stops all that it has started when it is told to in the middle of its start', async () => {
    const data = await dataFolder();
    const [port] = await freePorts(1);
    const server = serverProcess(['--port', String(port), '--data-dir', data]);
    // The relay answers before the consumer is there, and long before the banner.
    await until('the relay', async () => (await fetch(`http://127.0.0.1:${port}/livez`).catch(() => null))?.ok, START_DEADLINE_MS);
    server.child.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
    // A database that was stopped has taken its mark away; one that was left behind, or killed, has not.
    await expect(stat(join(data, 'postgres', 'data', 'postmaster.pid'))).rejects.toThrow('ENOENT');
  });

  it('ends when npm is told to, and npm with it', async () => {
    const server = serverProcess(['--port', '0', '--data-dir', await dataFolder()], {}, NPM_START);
    const url = await server.url();
    server.child.kill('SIGTERM');
    await server.exited();
    await until('the server to be gone', async () => (await fetch(url).catch(() => null)) === null);
  });

  it('hands back at the second Ctrl-C what does not end by itself, and runs it after the next start', async () => {
    const data = await dataFolder();
    const first = serverProcess(['--port', '0', '--data-dir', data]);
    const firstUrl = await first.url();
    const uid = await postTask(firstUrl, 'slow-echo', { 'slow-echo.json': '{"seconds": 4}' });
    await until('the task to run', async () => (await fetch(`${firstUrl}/api/tasks/${uid}`)).headers.get('x-task-state') === 'running');
    first.child.kill('SIGINT');
    await until('the first to be heard', () => first.output().includes('Stopping'));
    first.child.kill('SIGINT');
    expect(await first.exited()).toBe(0);
    const url = await serverProcess(['--port', '0', '--data-dir', data]).url();
    expect((await ended(url, uid)).status).toBe(200);
  });
});
