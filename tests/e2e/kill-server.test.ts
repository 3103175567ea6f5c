// The server is killed in the middle of its work, and started again on the same folder.

import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, postTask } from './client.ts';
import { importScriptImage } from './script-image.ts';
import { serverProcess } from './server-process.ts';

const run = promisify(execFile);
const TASKS = 20;
const LIMIT_MS = 180_000;
const IMAGE = `inference-kill-${process.pid}:1`;

/** Which model is used, and what its input is beside `number.txt`, which it must give back. */
type Model = { readonly id: string; readonly input: Readonly<Record<string, string>>; register(url: string): Promise<void> };

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

async function killInTheMiddle({ id, input, register }: Model, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = await testFolder();
  const data = join(folder, 'data');
  const args = ['--port', '0', '--data-dir', data];
  const settings = { DOCKER_SLOTS: '2', ...more };
  const first = serverProcess(args, settings);
  const firstUrl = await first.url();
  await register(firstUrl);
  const uids = await Promise.all(Array.from({ length: TASKS }, (_, n) => postTask(firstUrl, id, { ...input, 'number.txt': String(n) })));
  await until('some tasks to have ended and some to be running', async () => {
    const states = await Promise.all(uids.map(async (uid) => (await fetch(`${firstUrl}/api/tasks/${uid}`)).headers.get('x-task-state')));
    return states.includes('succeeded') && states.includes('running');
  });
  first.child.kill('SIGKILL');
  await first.exited();

  const second = serverProcess(args, settings);
  const secondUrl = await second.url();
  for (const [n, uid] of uids.entries()) {
    const answer = await ended(secondUrl, uid);
    const said = answer.status === 200 ? '' : await answer.clone().text();
    expect(answer.status, said.slice(0, 200)).toBe(200);
    const place = join(folder, `result-${n}`);
    await writeFile(`${place}.zip`, Buffer.from(await answer.arrayBuffer()));
    await extractZip(`${place}.zip`, place);
    expect(await readFile(join(place, 'number.txt'), 'utf8')).toBe(String(n));
  }
  second.child.kill('SIGTERM');
  expect(await second.exited()).toBe(0);
  expect(await filesBelow(join(data, 'files', 'tmp'))).toEqual([]);
  expect(await filesBelow(join(data, 'work', 'attempts'))).toEqual([]);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(data);
  expect(await filesBelow(join(data, 'files', 'outputs'))).toHaveLength(TASKS);
  expect(await filesBelow(join(data, 'files', 'inputs'))).toHaveLength(TASKS);
}

describe('a server that is killed in the middle of 20 tasks', () => {
  it(
    'ends every one of them with the right result after its restart, and leaves nothing over',
    () => killInTheMiddle({ id: 'slow-echo', input: { 'slow-echo.json': '{"seconds": 1}' }, register: async () => {} }),
    LIMIT_MS,
  );

  const quotas = [
    { quota: 'watchdog', outputs: '', needs: has('docker', 'busybox') },
    { quota: 'loop', outputs: ' whose outputs are on disks of their own', needs: has('docker', 'busybox', 'loop-files') },
  ];
  for (const { quota, outputs, needs } of quotas) {
    it.skipIf(!needs)(
      `does so with containers${outputs}, and leaves none of them`,
      async () => {
        await importScriptImage(IMAGE);
        onTestFinished(async () => void (await run('docker', ['image', 'rm', '-f', IMAGE])));
        const model: Model = {
          id: 'container',
          input: { 'run.sh': 'busybox sleep 1; busybox cp /input/number.txt /output/' },
          register: async (url) => {
            const query = `container_tag=${IMAGE}&human_readable_id=container&use_gpu=false`;
            expect((await fetch(`${url}/api/models/?${query}`, { method: 'POST' })).status).toBe(200);
          },
        };
        await killInTheMiddle(model, { OUTPUT_QUOTA: quota });
        expect((await run('docker', ['ps', '-aq', '--filter', `ancestor=${IMAGE}`])).stdout).toBe('');
      },
      LIMIT_MS,
    );
  }
});
