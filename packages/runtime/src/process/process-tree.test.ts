import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasEnded } from './process-tree.ts';

const MODULE = JSON.stringify(new URL('./process-tree.ts', import.meta.url).href);

describe.runIf(process.platform === 'linux')('whether a process has ended', () => {
  it('is known of one that lives, and of one that is gone', async () => {
    const child = spawn('sleep', ['600']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = Number(child.pid);
    expect(hasEnded(pid)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(pid)).toBe(true);
  });

  it('is not concluded from what this process cannot open', async () => {
    // A process of its own, which has used up its open files.
    const code = `
      import { openSync } from 'node:fs';
      import { hasEnded } from ${MODULE};
      try { for (;;) openSync('/dev/null'); } catch { process.exitCode = hasEnded(process.pid) ? 1 : 7; }`;
    const command = `ulimit -n 256; exec "$0" --input-type=module -e "$1"`;
    const child = spawn('sh', ['-c', command, process.execPath, code], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [exitCode] = (await once(child, 'exit')) as [number];
    expect(exitCode).toBe(7);
  });
});
