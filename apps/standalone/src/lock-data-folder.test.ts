import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDataFolder } from './lock-data-folder.ts';

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'inference-lock-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

describe('the lock of a data folder', () => {
  it('is had by one at a time on Linux', async () => {
    const data = await folder();
    const unlock = await lockDataFolder(data, 'linux');
    expect(await lockDataFolder(data, 'linux')).toBeNull();
    await unlock?.();
    await (await lockDataFolder(data, 'linux'))?.();
    expect(await readdir(data)).toEqual([]);
  });

  it('is refused elsewhere while the process lives that has it, and taken over once that is dead', async () => {
    const data = await folder();
    const other = spawn('sleep', ['600']);
    onTestFinished(() => void other.kill('SIGKILL'));
    await writeFile(join(data, 'server.pid'), String(other.pid));
    expect(await lockDataFolder(data, 'darwin')).toBeNull();
    other.kill('SIGKILL');
    await once(other, 'exit');
    const unlock = await lockDataFolder(data, 'darwin');
    expect(unlock).not.toBeNull();
    await unlock?.();
    expect(await readdir(data)).not.toContain('server.pid');
  });
});
