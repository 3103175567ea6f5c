import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until } from '@inference/testing';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { NOBODY_UID } from './postgres-account.ts';

async function started(folder: string) {
  const postgres = await startEmbeddedPostgres(folder);
  onTestFinished(async () => {
    await postgres.stop();
    await postgres.remove();
  });
  const query = async (statement: string) => {
    const client = new pg.Client(postgres.connection);
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  };
  return { ...postgres, query };
}

describe('the embedded database', () => {
  it('keeps what was written over a restart, with fsync on and no port open', async () => {
    const folder = await testFolder();
    const first = await started(folder);
    await first.query('CREATE TABLE kept (id int)');
    expect(await first.query('SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await first.query('SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    await first.stop();
    const second = await started(folder);
    expect(await second.query("SELECT to_regclass('kept')::text AS name")).toEqual([{ name: 'kept' }]);
  });

  it('ends when the process that started it is killed, and starts again from what that left', async () => {
    const folder = await testFolder();
    const program = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))});
      await startEmbeddedPostgres(${JSON.stringify(folder)});
      console.log('up');
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    owner.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until('the start', () => text.includes('up'));
    const pid = Number((await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    owner.kill('SIGKILL');
    await until('the database to end with it', async () => (await stat(`/proc/${pid}`).catch(() => null)) === null);
    const again = await started(folder);
    expect(await again.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.skipIf(!has('root'))('runs as whoever starts it, in a folder that only they can enter', async () => {
    const folder = await testFolder();
    await chown(folder, NOBODY_UID, NOBODY_UID);
    await chmod(folder, 0o700);
    const program = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))});
      const postgres = await startEmbeddedPostgres(${JSON.stringify(folder)});
      const { default: pg } = await import('pg');
      const client = new pg.Client(postgres.connection);
      await client.connect();
      const { rows } = await client.query('SELECT current_user AS name');
      await client.end();
      await postgres.stop();
      console.log(JSON.stringify({ rows, notice: postgres.notice }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      uid: NOBODY_UID,
      gid: NOBODY_UID,
      env: {},
    });
    expect(JSON.parse(stdout)).toEqual({ rows: [{ name: 'inference' }], notice: '' });
    expect(await stat(join(folder, 'postgres', 'data', 'PG_VERSION'))).toMatchObject({ uid: NOBODY_UID });
  });

  it('says when it ends by itself', async () => {
    const folder = await testFolder();
    const postgres = await started(folder);
    const pid = Number((await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    expect(typeof (await postgres.died)).toBe('string');
  });

  it.skipIf(!has('root'))('goes where its uid can enter when root keeps the data folder to itself, and finds it there again', async () => {
    const closed = join(await testFolder(), 'home');
    await mkdir(closed);
    await chmod(closed, 0o700);
    const data = join(closed, 'data');
    const first = await started(data);
    expect(first.notice).toContain('/var/lib/inference-server');
    await first.query('CREATE TABLE kept (id int)');
    await first.stop();
    const second = await started(data);
    expect(await second.query("SELECT to_regclass('kept')::text AS name")).toEqual([{ name: 'kept' }]);
  });
});
