import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { testFolder } from './test-folder.ts';

const BYTES = 16 * 1024 ** 2;
/** Thaws the disk also where this process is killed meanwhile: a frozen one would hold up all that syncs on this machine. */
const FREEZE = `
  trap '' INT TERM
  mkfs.ext4 -q -F "$1" && mount -o loop "$1" "$2" && fsfreeze --freeze "$2" && echo frozen && read -r _line
  fsfreeze --unfreeze "$2"
  umount --lazy "$2"`;

/**
 * A disk for the running test, on a machine that has `loop-files`, which does not answer: who writes below `folder` waits in the kernel, where no
 * signal ends it, until `thaw` is called or the test is over.
 */
export async function frozenDisk(): Promise<{ folder: string; thaw(): Promise<void> }> {
  const root = await testFolder();
  const [file, folder] = [join(root, 'disk'), join(root, 'frozen')];
  await writeFile(file, '');
  await truncate(file, BYTES);
  await mkdir(folder);
  const child = spawn('sh', ['-c', FREEZE, 'sh', file, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const thaw = async () => {
    child.stdin.end();
    await ended;
  };
  onTestFinished(thaw);
  const [said] = await Promise.race([once(child.stdout, 'data'), ended]);
  if (String(said) !== 'frozen\n') throw new Error('no disk could be frozen here');
  return { folder, thaw };
}
