import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const MODULE = new URL('./gathered-output.ts', import.meta.url).href;

/** A process that has its output gathered and does this. */
function processThat(does: string) {
  const program = `const { GatheredOutput } = await import(${JSON.stringify(MODULE)}); const output = new GatheredOutput(); ${does}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

describe('the output of a service', () => {
  it('has every line once and in order, those of the last moment too', async () => {
    const child = processThat(`
      for (let n = 0; n < 2000; n++) { output.write(n + '\\n'); if (n % 100 === 0) await new Promise((go) => setTimeout(go, 5)); }
    `);
    const lines = (await text(child.stdout)).trim().split('\n').map(Number);
    expect(lines).toEqual(Array.from({ length: 2000 }, (_, n) => n));
  });

  it('lets a process end whose reader is gone, with lines that nobody took', async () => {
    const child = processThat(`process.stdin.once('end', () => { output.write('last words\\n'); process.exit(0); }).resume();`);
    child.stdout.destroy();
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
