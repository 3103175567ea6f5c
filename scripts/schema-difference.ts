import type { Connection } from '@inference/database';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';

/** A schema without any table, where "no schema yet" is meant. */
const EMPTY = 'datasource db {\n  provider = "postgresql"\n}\n';

/**
 * The SQL that turns the tables of one Prisma schema into those of another, by Prisma's own engine (its WebAssembly build).
 *
 * @param connection any Postgres server: the engine asks for its version and touches nothing in it
 * @returns the script, or an empty string when nothing differs
 */
export async function schemaDifference(connection: Connection, before: string, after: string): Promise<string> {
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bindMigrationAwareSqlAdapterFactory(new PrismaPg(connection)));
  const answer = await engine.diff({
    from: { tag: 'schemaDatamodel', files: [{ path: 'before.prisma', content: before === '' ? EMPTY : before }] },
    to: { tag: 'schemaDatamodel', files: [{ path: 'after.prisma', content: after }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  const script = answer.stdout ?? '';
  return script.includes('This is an empty migration') ? '' : script;
}
