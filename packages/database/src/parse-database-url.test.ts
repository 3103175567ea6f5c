import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from './parse-database-url.ts';

function connectionOf(url: string) {
  const read = parseDatabaseUrl(url);
  if (!read.ok) throw new Error(read.problem);
  return read.connection;
}

function problemOf(url: string): string {
  const read = parseDatabaseUrl(url);
  return read.ok ? 'none' : read.problem;
}

describe('DATABASE_URL', () => {
  it.each([
    ['postgres://u:p@db.example/inference', { host: 'db.example', port: 5432, user: 'u', password: 'p', database: 'inference' }],
    ['postgresql://u:p@db:6000/inference', { host: 'db', port: 6000, user: 'u', password: 'p', database: 'inference' }],
    ['postgres://u@[::1]/d', { host: '::1', port: 5432, user: 'u', database: 'd' }],
    ['postgres://u:p%40%2F%3A%3F%23x@db/d%20e', { host: 'db', port: 5432, user: 'u', password: 'p@/:?#x', database: 'd e' }],
    ['postgres://u@/d?host=/var/run/postgresql', { host: '/var/run/postgresql', port: 5432, user: 'u', database: 'd' }],
    ['postgres://u:p@/d?host=%2Fvar%2Frun&port=5433', { host: '/var/run', port: 5433, user: 'u', password: 'p', database: 'd' }],
    ['postgres://u@%2Fvar%2Frun%2Fpostgresql/d', { host: '/var/run/postgresql', port: 5432, user: 'u', database: 'd' }],
    ['postgres://u@db/d?sslmode=disable', { host: 'db', port: 5432, user: 'u', database: 'd' }],
  ])('%s names a server, user and database', (url, connection) => {
    expect(connectionOf(url)).toEqual(connection);
  });

  it('encrypts with sslmode=require, and checks the certificate too with verify-full', async () => {
    expect(connectionOf('postgres://u@db/d?sslmode=require').ssl).toEqual({ rejectUnauthorized: false });
    expect(connectionOf('postgres://u@db/d?sslmode=verify-full').ssl).toEqual({});
    const authority = join(await testFolder(), 'authority.pem');
    await writeFile(authority, 'certificate');
    expect(connectionOf(`postgres://u@db/d?sslmode=verify-full&sslrootcert=${authority}`).ssl).toEqual({ ca: 'certificate' });
    expect(connectionOf(`postgres://u@db/d?sslmode=verify-ca&sslrootcert=${authority}`).ssl).toMatchObject({ ca: 'certificate' });
  });

  it.each([
    ['mysql://u:hunter2@db/d', 'must look like postgres://'],
    ['hunter2', 'must look like postgres://'],
    ['postgres://db/d', 'must look like postgres://'],
    ['postgres://u:hunter2@db', 'must look like postgres://'],
    ['postgres://u:hunter2@db:port/d', 'must look like postgres://'],
    ['postgres://u:hunter2@/d', 'must look like postgres://'],
    ['postgres://u:hunter2@db/d?sslmode=prefer', 'must have one of these as sslmode: disable, require'],
    ['postgres://u:hunter2@db/d?sslmode=verify-ca', 'must name the authority to trust'],
    ['postgres://u:hunter2@db/d?connection_limit=5', 'must have no other parameters than host, port, sslmode'],
    ['postgres://u:hunter2@db/d?sslmode=verify-full&sslrootcert=/none', 'cannot be read (ENOENT)'],
  ])('%s is refused, and its password not repeated', (url, problem) => {
    expect(problemOf(url)).toContain(problem);
    expect(problemOf(url)).not.toContain('hunter2');
  });
});
