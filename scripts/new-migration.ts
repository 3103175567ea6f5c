// Makes a migration from the difference between the migrations and prisma/schema.prisma, without any download:
//
//   npm run new-migration -- NAME
//
// The schema of the newest migration is kept beside it (schema.prisma), so no shadow database is needed.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@inference/database';
import { schemaDifference } from './schema-difference.ts';

const migrations = join(import.meta.dirname, '..', 'prisma', 'migrations');
const schemaFile = join(import.meta.dirname, '..', 'prisma', 'schema.prisma');

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('usage: npm run new-migration -- NAME   (lower case, digits and underscores)');
  process.exit(2);
}

const newest = readdirSync(migrations).sort().at(-1);
const before = newest === undefined ? '' : readFileSync(join(migrations, newest, 'schema.prisma'), 'utf8');
const after = readFileSync(schemaFile, 'utf8');
const temporary = mkdtempSync(join(tmpdir(), 'new-migration-'));
const postgres = await startEmbeddedPostgres(temporary);
const script = await schemaDifference(postgres.connection, before, after);
await postgres.stop();
await postgres.remove();
rmSync(temporary, { recursive: true });

if (script === '') {
  console.log('The schema says what the migrations say: nothing to do.');
} else {
  const folder = join(migrations, `${String(readdirSync(migrations).length + 1).padStart(4, '0')}_${name}`);
  if (existsSync(folder)) throw new Error(`${folder} exists`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'migration.sql'), script);
  writeFileSync(join(folder, 'schema.prisma'), after);
  console.log(`Made ${folder}: read migration.sql, add what Prisma cannot say (checks, partial indexes), then run the tests.`);
}
