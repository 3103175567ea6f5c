// A server whose disk is full: a small file system is mounted where it keeps its files.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, zipOf } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, postTask, postZip } from './client.ts';
import { serverProcess } from './server-process.ts';

const run = promisify(execFile);
const MIB = 1024 ** 2;

describe.skipIf(!has('root'))('a server whose disk is full', () => {
  it('refuses the upload with 507, keeps nothing of it, and goes on with what fits', async () => {
    const data = join(await testFolder(), 'data');
    const files = join(data, 'files');
    await mkdir(files, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', files]);
    onTestFinished(async () => void (await run('umount', ['--lazy', files])));
    const server = serverProcess(['--port', '0', '--data-dir', data]);
    const url = await server.url();
    const answer = await postZip(
      `${url}/api/tasks/?model_human_readable_id=word-count`,
      await zipOf({ 'noise.bin': randomBytes(8 * MIB) }),
    );
    expect(answer.status, await answer.clone().text()).toBe(507);
    const { detail, code } = (await answer.json()) as { detail: string; code: string };
    expect([code, detail]).toEqual(['storage_full', expect.not.stringContaining(data)]);
    for (const folder of ['tmp', 'inputs']) expect(await readdir(join(files, folder))).toEqual([]);
    expect((await ended(url, await postTask(url, 'word-count'))).status).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
  }, 60_000);
});
