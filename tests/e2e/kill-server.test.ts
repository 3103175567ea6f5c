// The server is killed in the middle of its work, and started again on the same folder.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it } from 'vitest';
import { ended, postTask } from './client.ts';
import { serverProcess } from './server-process.ts';

const TASKS = 20;

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

describe('a server that is killed in the middle of 20 tasks', () => {
  it('ends every one of them with the right result after its restart, and leaves nothing over', async () => {
    const folder = await testFolder();
    const data = join(folder, 'data');
    const args = ['--port', '0', '--data-dir', data];
    const first = serverProcess(args);
    const firstUrl = await first.url();
    const slow = '{"seconds": 1}';
    const uids = await Promise.all(
      Array.from({ length: TASKS }, (_, n) => postTask(firstUrl, 'slow-echo', { 'slow-echo.json': slow, 'number.txt': String(n) })),
    );
    await until('some tasks to have ended and some to be running', async () => {
      const states = await Promise.all(uids.map(async (uid) => (await fetch(`${firstUrl}/api/tasks/${uid}`)).headers.get('x-task-state')));
      return states.includes('succeeded') && states.includes('running');
    });
    first.child.kill('SIGKILL');
    await first.exited();

    const second = serverProcess(args);
    const secondUrl = await second.url();
    for (const [n, uid] of uids.entries()) {
      const answer = await ended(secondUrl, uid);
      expect(
        answer.status,
        await answer
          .clone()
          .text()
          .then((text) => text.slice(0, 200)),
      ).toBe(200);
      const place = join(folder, `result-${n}`);
      await writeFile(`${place}.zip`, Buffer.from(await answer.arrayBuffer()));
      await extractZip(`${place}.zip`, place);
      expect(await readFile(join(place, 'number.txt'), 'utf8')).toBe(String(n));
    }
    second.child.kill('SIGTERM');
    expect(await second.exited()).toBe(0);
    expect(await filesBelow(join(data, 'files', 'tmp'))).toEqual([]);
    expect(await filesBelow(join(data, 'work', 'attempts'))).toEqual([]);
    expect(await filesBelow(join(data, 'files', 'outputs'))).toHaveLength(TASKS);
    expect(await filesBelow(join(data, 'files', 'inputs'))).toHaveLength(TASKS);
  }, 120_000);
});
