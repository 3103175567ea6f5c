import { spawnSync } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { readServerState } from './read-server-state.ts';
import { removeServerState } from './remove-server-state.ts';
import { stateFolderOf } from './state-folder-of.ts';
import { writeServerState } from './write-server-state.ts';

const STATE = { url: 'http://127.0.0.1:7421', pid: process.pid, dataFolder: '/data', startedAt: '2026-11-02T08:15:30.000Z' };

describe('the state of the server of this machine', () => {
  it('is found by who looks for it, and is for its owner only', async () => {
    const folder = join(await testFolder(), 'new');
    await writeServerState(folder, STATE);
    expect(await readServerState(folder)).toEqual(STATE);
    expect((await stat(join(folder, 'server.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('counts for nothing once its process is gone', async () => {
    const folder = await testFolder();
    await writeServerState(folder, { ...STATE, pid: spawnSync('true').pid });
    expect(await readServerState(folder)).toBeNull();
  });

  it('is no error where it is missing or broken', async () => {
    const folder = await testFolder();
    expect(await readServerState(folder)).toBeNull();
    for (const text of ['', '{', 'null', '{"url": "nowhere", "pid": 1}', JSON.stringify({ ...STATE, pid: -1 })]) {
      await writeFile(join(folder, 'server.json'), text);
      expect(await readServerState(folder), text).toBeNull();
    }
  });

  it('is removed by its own server only', async () => {
    const folder = await testFolder();
    await writeServerState(folder, STATE);
    await removeServerState(folder, process.ppid);
    expect(await readServerState(folder)).toEqual(STATE);
    await removeServerState(folder, process.pid);
    expect(await readServerState(folder)).toBeNull();
  });

  it('lies where XDG_STATE_HOME says, if that is an absolute path', () => {
    expect(stateFolderOf({ XDG_STATE_HOME: '/state' })).toBe('/state/inference-server');
    for (const nothing of [undefined, '', 'here'])
      expect(stateFolderOf({ XDG_STATE_HOME: nothing })).toMatch(/^\/.*\/\.local\/state\/inference-server$/);
  });
});
