// The commands of docs/backup.md, run as they stand there, on a real Postgres and the real private API. The `docker` that they call is a
// script here: it runs what they would run in a container on this machine, with the folders of the test.

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { installation } from '../services/installation.ts';
import { type DebianPostgres, debianPostgres } from './debian-postgres.ts';
import { documentCommands } from './document-commands.ts';
import { ProjectClient } from './project-client.ts';

const run = promisify(execFile);
/** Commands that wait for a database that does not come are ended, in milliseconds. */
const COMMANDS_LIMIT_MS = 60_000;
const [BACKUP = ''] = documentCommands('backup.md', '## Back up');
const [RESTORE = ''] = documentCommands('backup.md', '## Restore');

/** Compose, as far as the commands use it. */
const DOCKER = `#!/bin/sh
set -e
[ "$1" = compose ] || exit 64
shift
case "$1 $2 $3" in
  'exec -T postgres') shift 3; exec "$@" ;;
  'exec -T private-api') shift 3 ;;
  'run --rm --no-deps') [ "$4 $5 $6 $7" = '-T --entrypoint tar private-api' ] || exit 64; shift 7; set -- tar "$@" ;;
  up\\ *) exit 0 ;;
  *) exit 64 ;;
esac
[ "$1 $2 $3" = 'tar -C /var/lib/inference/files' ] || exit 64
shift 3
exec tar -C "$FILES" "$@"
`;

/** A machine with a database and a folder of files, on which the commands can be run. */
async function machine(postgres: DebianPostgres, files: string): Promise<{ folder: string; run(commands: string): Promise<void> }> {
  const folder = await testFolder();
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'docker'), DOCKER, { mode: 0o755 });
  await writeFile(join(folder, '.env'), 'ADMIN_KEY=secret\n');
  const environment = { ...postgres.environment, FILES: files, PATH: `${join(folder, 'bin')}:${postgres.environment['PATH']}` };
  const runHere = async (commands: string) =>
    void (await run('sh', ['-euc', commands], { cwd: folder, env: environment, timeout: COMMANDS_LIMIT_MS }));
  return { folder, run: runHere };
}

describe.skipIf(!has('debian-postgres', 'bubblewrap'))('the commands of docs/backup.md', () => {
  it('bring back every task that was there when they began, its output and what waits, on another machine', async () => {
    const [postgres, other] = [await debianPostgres(), await debianPostgres()];
    const own = await installation({ connection: postgres.connection });
    const privateApi = own.start('private-api');
    const url = await privateApi.ready();
    const consumer = own.start('consumer', url);
    await consumer.ready();
    const relay = own.start('public-api', url);
    const admin = new ProjectClient(await relay.ready(), own.adminKey);
    await admin.registerModel('waits', 'needs-docker:1');

    const settings = { 'slow-echo.json': '{"seconds": 0}' };
    const old = await admin.post('slow-echo', { ...settings, 'a.txt': 'old' });
    const oldOutput = await admin.output(old);
    const waiting = await admin.post('waits', { 'a.txt': 'waits' });

    const here = await machine(postgres, join(own.folder, 'files'));
    const lines = BACKUP.split('\n');
    const dumped = lines.findIndex((line) => line.includes('pg_dump')) + 1;
    await here.run(lines.slice(0, dumped).join('\n'));
    const between = await admin.post('slow-echo', { ...settings, 'a.txt': 'between' });
    await admin.output(between);
    await here.run(lines.slice(dumped).join('\n'));

    for (const service of [relay, consumer, privateApi]) service.child.kill('SIGTERM');
    await privateApi.exited();
    const newFiles = join(await testFolder(), 'files');
    await mkdir(newFiles);
    const there = await machine(other, newFiles);
    await run('cp', ['-r', join(here.folder, 'backup'), there.folder]);
    await there.run(RESTORE);

    const restored = own.start('private-api', undefined, { DATABASE_URL: other.url, FILES_DIR: newFiles });
    const newRelay = own.start('public-api', await restored.ready());
    const newAdmin = new ProjectClient(await newRelay.ready(), own.adminKey);
    const inputs = new ProjectClient(await restored.url(), own.adminKey);
    expect((await newAdmin.output(old)).equals(oldOutput)).toBe(true);
    expect(await newAdmin.status(`/api/tasks/${waiting}`)).toBe(551);
    expect(await inputs.status(`/api/tasks/inputs/${waiting}`)).toBe(200);
    expect(await newAdmin.status(`/api/tasks/${between}`)).toBe(554);
  }, 120_000);
});
