import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runInTime } from './run-in-time.ts';

const LONG_MS = 10_000;
const SHORT_MS = 1_000;

/** A program for the running test: a script for `sh`, which notes its start in `starts`. */
async function program(script: string) {
  const folder = await testFolder();
  const file = join(folder, 'program');
  await writeFile(file, `#!/bin/sh\necho started >> ${folder}/starts\n${script}\n`);
  await chmod(file, 0o755);
  const read = async (name: string) => await readFile(join(folder, name), 'utf8').catch(() => '');
  return { folder, file, read };
}

describe('a program that is run in a given time', () => {
  it('is answered with what it printed, and rejected with that where it fails', async () => {
    const { file } = await program('echo "$1"; exit "$2"');
    expect(await runInTime(file, ['said', '0'], LONG_MS)).toBe('said\n');
    await expect(runInTime(file, ['said', '3'], LONG_MS)).rejects.toMatchObject({ code: 3, killed: false, stdout: 'said\n' });
    await expect(runInTime('/nowhere/program', [], LONG_MS)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is given up where no signal ends all of it, and started again only once it has ended', async () => {
    const folder = await testFolder();
    // What it leaves has its output open, as a process that waits for a driver has, and lives on when it is killed.
    const { file, read } = await program(`[ -e ${folder}/healed ] && exit 0; sleep 600 & echo $! > ${folder}/left; wait`);
    await expect(runInTime(file, [], SHORT_MS)).rejects.toMatchObject({ killed: true });
    const left = Number(await readFile(join(folder, 'left'), 'utf8'));
    onTestFinished(() => void end(left));
    await expect(runInTime(file, [], LONG_MS)).rejects.toMatchObject({ killed: true });
    expect(await read('starts')).toBe('started\n');
    await writeFile(join(folder, 'healed'), '');
    end(left);
    await until('it to be started again', () =>
      runInTime(file, [], LONG_MS).then(
        () => true,
        () => false,
      ),
    );
    expect(await read('starts')).toBe('started\nstarted\n');
  });
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
