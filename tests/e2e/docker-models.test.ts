// Models in containers, from registration to result, with a real Docker engine and images made on the spot.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until, zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, postTask, postZip } from './client.ts';
import { importScriptImage } from './script-image.ts';
import { sharedServer, testServer } from './test-server.ts';

const run = promisify(execFile);
/** What takes half a minute in itself may take so long on a busy machine, in milliseconds. */
const LONG_MS = 120_000;
const IMAGE = `inference-e2e-${process.pid}:1`;

async function register(url: string, id: string, more = ''): Promise<void> {
  const answer = await fetch(`${url}/api/models/?container_tag=${IMAGE}&human_readable_id=${id}&use_gpu=false${more}`, { method: 'POST' });
  if (answer.status !== 200) throw new Error(await answer.text());
}

async function containersOf(): Promise<string> {
  return (await run('docker', ['ps', '-aq', '--filter', `ancestor=${IMAGE}`])).stdout.trim();
}

afterAll(async () => {
  if (has('docker', 'busybox')) await run('docker', ['image', 'rm', '-f', IMAGE]);
});

describe.skipIf(!has('docker', 'busybox'))('a container model', () => {
  const shared = sharedServer();
  beforeAll(async () => {
    await importScriptImage(IMAGE);
  });

  const script = (lines: string) => ({ 'run.sh': lines, 'data/in.txt': 'content' });

  it('reads its input, writes its output, sub-folders and all, and leaves no container', async () => {
    const { url } = shared();
    await register(url, 'copy');
    const uid = await postTask(url, 'copy', script('busybox mkdir /output/sub && busybox cp /input/data/in.txt /output/sub/out.txt'));
    const answer = await ended(url, uid);
    expect(
      answer.status,
      await answer
        .clone()
        .text()
        .then((text) => text.slice(0, 300)),
    ).toBe(200);
    const folder = await testFolder();
    await writeFile(join(folder, 'o.zip'), Buffer.from(await answer.arrayBuffer()));
    await extractZip(join(folder, 'o.zip'), join(folder, 'o'));
    expect(await readFile(join(folder, 'o', 'sub', 'out.txt'), 'utf8')).toBe('content');
    await until('the container to be gone', async () => (await containersOf()) === '');
  });

  it('finds its static files at /model, read-only', async () => {
    const { url } = shared();
    const query = `container_tag=${IMAGE}&human_readable_id=static&use_gpu=false&model_available=true`;
    expect((await postZip(`${url}/api/models/?${query}`, await zipOf({ 'weights.txt': 'w' }))).status).toBe(200);
    const uid = await postTask(
      url,
      'static',
      script('busybox cp /model/weights.txt /output/ && ! busybox touch /model/x && ! busybox touch /input/x'),
    );
    expect((await ended(url, uid)).status).toBe(200);
  });

  it('gives the marker file when it writes nothing', async () => {
    const { url } = shared();
    await register(url, 'nothing');
    const answer = await ended(url, await postTask(url, 'nothing', script('exit 0')));
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('no_output_files_found.error');
  });

  it('fails with its exit code and its last words', async () => {
    const { url } = shared();
    await register(url, 'failing');
    const answer = await ended(url, await postTask(url, 'failing', script('echo no such organ >&2; exit 7')));
    const { reason } = (await answer.json()) as { reason: string };
    expect(answer.status).toBe(552);
    expect(reason).toContain('7');
    expect(reason).toContain('no such organ');
  });

  it('has no network, and its failure names the setting', async () => {
    const { url } = shared();
    await register(url, 'network');
    const answer = await ended(url, await postTask(url, 'network', script('busybox nc 192.0.2.1 80 < /dev/null')));
    expect(answer.status).toBe(552);
    expect(((await answer.json()) as { reason: string }).reason).toContain('loosened=network');
  });

  it('is stopped at the time limit that its admin gave it', async () => {
    const { url } = shared();
    await register(url, 'endless', '&time_limit_seconds=1');
    const answer = await ended(url, await postTask(url, 'endless', script('trap "exit 0" TERM; while true; do busybox sleep 0.1; done')));
    expect(answer.status).toBe(552);
    expect(((await answer.json()) as { reason: string }).reason).toContain('time limit of 1 seconds');
  });

  it('is stopped when it hangs for as long as its admin lets it', { timeout: LONG_MS }, async () => {
    const { url } = shared();
    await register(url, 'hanging', '&hang_seconds=10');
    const answer = await ended(url, await postTask(url, 'hanging', script('echo up; busybox sleep 600')));
    expect(answer.status).toBe(552);
    expect(((await answer.json()) as { reason: string }).reason).toContain('its hang_seconds is 10');
    await until('the container to be gone', async () => (await containersOf()) === '');
  });

  it('is stopped when the deadline of its task comes, and is gone', { timeout: LONG_MS }, async () => {
    const { url } = shared();
    await register(url, 'late');
    const body = new Uint8Array(await zipOf(script('busybox sleep 600')));
    const headers = { 'content-type': 'application/zip', prefer: 'wait=50' };
    const reply = await fetch(`${url}/api/v1/models/late/tasks?deadline_seconds=2`, { method: 'POST', body, headers });
    expect(await reply.json()).toMatchObject({ state: 'failed', failure: { class: 'expired' } });
    await until('the container to be gone', async () => (await containersOf()) === '');
  });

  it('is stopped when its task is deleted', async () => {
    const { url } = shared();
    await register(url, 'deleted');
    const uid = await postTask(url, 'deleted', script('trap "exit 0" TERM; while true; do busybox sleep 0.1; done'));
    await until('the container', async () => (await containersOf()) !== '');
    expect((await fetch(`${url}/api/tasks/${uid}`, { method: 'DELETE' })).status).toBe(200);
    await until('the container to be gone', async () => (await containersOf()) === '');
  });

  it('fails plainly when its image is nowhere', async () => {
    const { url } = shared();
    const image = '127.0.0.1:1/nowhere/model:1';
    await fetch(`${url}/api/models/?container_tag=${image}&human_readable_id=nowhere&use_gpu=false`, { method: 'POST' });
    const uid = await postTask(url, 'nowhere');
    await until('a first try to have failed', async () => {
      const { reason } = (await (await fetch(`${url}/api/tasks/${uid}`)).json()) as { reason: string };
      return /attempt|image|registry/i.test(reason);
    });
    await fetch(`${url}/api/tasks/${uid}`, { method: 'DELETE' });
  });

  it('ends as impossible where it asks for a GPU and there is none', async () => {
    const { url } = shared();
    const path = `container_tag=${IMAGE}&human_readable_id=wants-gpu`;
    await fetch(`${url}/api/models/?${path}`, { method: 'POST' });
    const answer = await ended(url, await postTask(url, 'wants-gpu'));
    expect(answer.status).toBe(552);
    expect(((await answer.json()) as { reason: string }).reason).toContain('GPU');
  });
});

describe('a container model while Docker is not reachable', () => {
  it('waits with a reason that anyone can read, and the other models work', async () => {
    const folder = await testFolder();
    const { url } = await testServer({ DOCKER_SOCKET: join(folder, 'none.sock') });
    await register(url, 'waits');
    const uid = await postTask(url, 'waits');
    expect((await ended(url, await postTask(url, 'word-count'))).status).toBe(200);
    const answer = await fetch(`${url}/api/tasks/${uid}`);
    expect(answer.status).toBe(551);
    expect(((await answer.json()) as { reason: string }).reason).toMatch(/^Waiting: .*Docker/);
  });

  it.skipIf(!has('docker', 'busybox'))('runs once Docker is there', async () => {
    const folder = await testFolder();
    const socket = join(folder, 'docker.sock');
    const { url } = await testServer({ DOCKER_SOCKET: socket });
    await importScriptImage(IMAGE);
    await register(url, 'later');
    const uid = await postTask(url, 'later', { 'run.sh': 'echo done > /output/out.txt' });
    await run('ln', ['-s', '/var/run/docker.sock', socket]);
    expect((await ended(url, uid)).status).toBe(200);
  });
});
