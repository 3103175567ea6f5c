// What a model may write to /output, held by a look at it and by a file system of its own: both in real containers.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScript } from './run-script.ts';
import { importScriptImage } from './script-image.ts';
import { sharedServer } from './test-server.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
/** 200,000 files take so long on a busy disk, in milliseconds. */
const LONG_MS = 400_000;
const IMAGE = `inference-quota-${process.pid}:1`;
const LIMITS = { output_bytes: 8 * MIB, time_limit_seconds: 300 };
/** Folders with a hundred files each, without end; what cannot be made ends it. */
const MANY_FILES = `n=0; while :; do d=/output/$n; busybox mkdir $d || exit 1; n=$((n+1))
  for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do : > $d/$i$j || exit 1; done; done
done`;

const QUOTAS = [
  { quota: 'watchdog', needs: has('docker', 'busybox') },
  { quota: 'loop', needs: has('docker', 'busybox', 'loop-files') },
];

for (const { quota, needs } of QUOTAS) {
  describe.skipIf(!needs)(`with OUTPUT_QUOTA=${quota}`, { timeout: LONG_MS }, () => {
    const shared = sharedServer({ OUTPUT_QUOTA: quota });
    beforeAll(() => importScriptImage(IMAGE));
    afterAll(async () => {
      await run('docker', ['image', 'rm', '-f', IMAGE]);
    });

    async function nothingIsLeft(): Promise<void> {
      const attempts = join(shared().dataFolder, 'work', 'attempts');
      await until('the folder of the attempt to be gone', async () => (await readdir(attempts)).length === 0, LONG_MS);
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(attempts);
    }

    it('a model that fills /output fails, and hears the limit', async () => {
      const script = 'while busybox dd if=/dev/zero of=/output/$RANDOM$RANDOM bs=1M count=1; do busybox sleep 0.05; done; exit 3';
      const task = await runScript(shared().url, IMAGE, script, LIMITS);
      expect(task).toMatchObject({ state: 'failed', failure: { class: 'bad_output', reason: expect.stringMatching(/8388608 bytes/) } });
      if (quota === 'loop') expect(task.failure?.reason).toMatch(/^\/output is full: the limit is/);
      await nothingIsLeft();
    });

    it('a model that makes files without end fails, and hears the limit', async () => {
      const task = await runScript(shared().url, IMAGE, MANY_FILES, LIMITS);
      expect(task).toMatchObject({
        state: 'failed',
        failure: { class: 'bad_output', reason: expect.stringMatching(/8388608 bytes (and|or) 200000 files/) },
      });
      await nothingIsLeft();
    });

    it('a model that writes what it may does well', async () => {
      const task = await runScript(shared().url, IMAGE, 'busybox dd if=/dev/zero of=/output/large bs=1M count=7', LIMITS);
      expect(task, JSON.stringify(task.failure)).toMatchObject({ state: 'succeeded', warnings: [] });
      await nothingIsLeft();
    });
  });
}
