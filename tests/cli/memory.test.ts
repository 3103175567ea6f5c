// However large what goes up and comes down, the command line holds pieces of it only.

import { execFile } from 'node:child_process';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { startInfer } from './run-infer.ts';

const run = promisify(execFile);
const BUNDLE = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'bundle.mjs');
const MIB = 1024 * 1024;
const INPUT_BYTES = 256 * MIB;
/** Node alone takes 60 MiB. */
const MEMORY_BYTES_MAX = 150 * MIB;
const LIMIT_MS = 300_000;
const LOOK_MS = 50;

const shared = sharedServer();

it(
  'sends a folder of 256 MiB and gets as much back in less than 150 MiB of memory',
  async () => {
    const cwd = await testFolder();
    // As it is published: run from its source, the compiler of Node takes 30 MiB more.
    await run(process.execPath, [BUNDLE, cwd]);
    await mkdir(join(cwd, 'in'));
    await writeFile(join(cwd, 'in', 'slow-echo.json'), '{"seconds": 0}');
    // Zeros that take no room here; what is sent is not compressed.
    await using file = await open(join(cwd, 'in', 'zeros.raw'), 'w');
    await file.truncate(INPUT_BYTES);
    const infer = await startInfer(['run', 'slow-echo', 'in', '-o', 'json', '--url', shared().url], { cwd, main: join(cwd, 'infer.mjs') });
    let most = 0;
    const isOver = () => infer.child.exitCode !== null || infer.child.signalCode !== null;
    while (!isOver()) {
      most = Math.max(most, await peakBytes(Number(infer.child.pid)));
      await sleep(LOOK_MS);
    }
    const { code, out, err } = await infer.ended;
    expect(code, err).toBe(0);
    expect(JSON.parse(out).input.bytes).toBeGreaterThan(INPUT_BYTES);
    expect((await stat(join(cwd, 'in.out.zip'))).size).toBe(JSON.parse(out).output.bytes);
    expect(most).toBeGreaterThan(MIB);
    expect(most).toBeLessThan(MEMORY_BYTES_MAX);
  },
  LIMIT_MS,
);

/** The most memory that a process has had at once; 0 once it is gone. */
async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
