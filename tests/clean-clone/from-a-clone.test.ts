// What a stranger does first: clones, and types the first two commands of the README. It installs all dependencies anew, so it is for CI
// alone: CI=true npm test -- tests/clean-clone

import { execFile, spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CleanClone, cleanClone } from './clean-clone.ts';

const run = promisify(execFile);
/** An account that every Debian has, in no group that may use Docker. */
const NOBODY = 65_534;
/** Where root's database goes from a folder that its account cannot enter. */
const SHARED_HOME = '/var/lib/inference-server';
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** An installation takes half a minute on an idle machine, in milliseconds. */
const INSTALLED_MS_MAX = 400_000;
/** From there on, in milliseconds. */
const STARTED_MS_MAX = 120_000;

const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

async function demo({ folder, environment }: CleanClone, setpriv: string[]): Promise<string> {
  const options = { cwd: folder, env: { ...environment }, maxBuffer: OUTPUT_BYTES_MAX, timeout: INSTALLED_MS_MAX };
  const { stdout: version } = await run('setpriv', [...setpriv, 'node', '--version'], options);
  process.stdout.write(`npm run demo from a clone, under Node ${version}`);
  return (await run('setpriv', [...setpriv, 'npm', 'run', 'demo'], options)).stdout.replaceAll('\r', '');
}

/** Removes what root's servers have put beside the clone since now, at the test's end. */
async function cleanUpShared(): Promise<void> {
  const listed = async () => (await readdir(SHARED_HOME).catch(() => [])).filter((name) => name.startsWith('postgres-programs-'));
  const before = await listed();
  onTestFinished(async () => {
    for (const name of (await listed()).filter((each) => !before.includes(each))) await rm(join(SHARED_HOME, name), { recursive: true });
  });
}

describe.skipIf(process.env['CI'] !== 'true' || !has('git', 'root'))('a clone in a folder that only its owner can enter', () => {
  it(
    'runs the demo as root; npm start says where its database went',
    async () => {
      await cleanUpShared();
      await using clone = await cleanClone(null);
      expect(await demo(clone, [])).toContain('welcome.txt,3,31,158,158\ntotal,13,66,355,388\n');

      const { folder, environment } = clone;
      const server = spawn('npm', ['start', '--', '--port', '0'], {
        cwd: folder,
        env: { ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void server.kill('SIGKILL'));
      let said = '';
      const hear = (bytes: Buffer) => {
        said += bytes.toString();
      };
      for (const stream of [server.stdout, server.stderr]) stream.on('data', hear);
      await until('the banner', () => said.includes('Stop:  Ctrl-C'), STARTED_MS_MAX).catch((error: Error) => {
        throw new Error(`${error.message}; it said: ${said}`);
      });
      const home = (await readFile(join(folder, 'inference-data', 'postgres.path'), 'utf8')).trim();
      onTestFinished(() => rm(home, { recursive: true, force: true }));
      expect(home.startsWith(`${SHARED_HOME}/`)).toBe(true);
      expect(said).toContain(`Note      database files in ${home} (uid `);
      server.kill('SIGTERM');
      await until('the end of the server', () => server.exitCode !== null || server.signalCode !== null, STARTED_MS_MAX);
      expect(server.exitCode).toBe(0);
    },
    2 * INSTALLED_MS_MAX,
  );

  it(
    'runs the demo as a user like any other, who may not use Docker',
    async () => {
      await using clone = await cleanClone(NOBODY);
      expect(await demo(clone, asNobody)).toContain('welcome.txt,3,31,158,158\ntotal,13,66,355,388\n');
    },
    2 * INSTALLED_MS_MAX,
  );
});
