import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

/** Runs a program that logs to its output; nobody reads that until the test does. */
function logging(program: string) {
  const log = JSON.stringify(join(import.meta.dirname, 'log.ts'));
  const code = `import { createLog } from ${log}; const log = createLog({ level: 'info' }); ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('the log', () => {
  it('holds nobody up whose lines are not read, and keeps only so many of them', async () => {
    const child = logging(`
      for (let line = 0; line < 200_000; line++) log.info({ line }, 'a line of the usual length, more or less');
      console.error('logged');
      setInterval(() => {}, 1000);`);
    await once(child.stderr, 'data');
    let bytes = 0;
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    child.kill();
    await once(child, 'close');
    // All lines together are 20 MB.
    expect(bytes).toBeLessThan(2 * 1024 ** 2);
  });

  it('has written its last line when the process exits', async () => {
    const child = logging(`for (let line = 0; line < 100; line++) log.info({ line }, 'one of many'); process.exit(3);`);
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    const [code] = (await once(child, 'close')) as [number];
    expect([code, text.trim().split('\n').length]).toEqual([3, 100]);
  });
});
