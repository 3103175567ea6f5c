import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { has, testFolder, until } from '@inference/testing';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

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
