/**
 * `npm run simulate:store -- [--sequences 10000] [--seed S]`: random sequences of statements on the store in memory and on Postgres, whose
 * answers and tables are compared after each statement. What differs is printed with the seed that leads to it, as short as it can be made.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Connection, connect, migrate, startEmbeddedPostgres } from '@inference/database';
import fc from 'fast-check';
import { compareStores, type Figures, noFigures } from './conformance/compare-stores.ts';
import { anyPlan } from './conformance/random-plan.ts';
import { asTemplate, openSimulatedPostgres } from './conformance/simulated-postgres.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'prisma', 'migrations');
/** Databases that are compared with side by side: each statement waits for its answer, which costs more time than work. */
const DATABASES = 6;

const { values } = parseArgs({ options: { sequences: { type: 'string', default: '10000' }, seed: { type: 'string' } } });
const sequences = Number(values.sequences);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

const folder = await mkdtemp(join(tmpdir(), 'inference-simulate-'));
// The server's own uid must be able to pass through.
await chmod(folder, 0o711);
const server = await startEmbeddedPostgres(folder);
try {
  await migrate(server.connection, MIGRATIONS);
  const figures = noFigures();
  const startMs = performance.now();
  const parts = await Promise.all(
    (await databases(server.connection)).map((connection, index) => compare(connection, { seed: seed + index, figures })),
  );
  const differences = parts.flatMap((found) => found ?? []);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const lines = [
    `${sequences} sequences, ${figures.statements} statements, ${seconds} s, seed ${seed}: ${differences.length === 0 ? 'no difference' : 'they differ'}`,
    `effects: ${told(figures.effective)}`,
    `refusals: ${told(figures.faults)}`,
    ...differences,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await server.stop();
  await server.remove();
  await rm(folder, { recursive: true, force: true });
}

/** Databases of their own for the parts of the run. */
async function databases(connection: Connection): Promise<Connection[]> {
  const admin = connect({ ...connection, database: 'template1' });
  const names = Array.from({ length: DATABASES }, (_, index) => `part_${index}`);
  for (const name of names) await admin.$executeRaw(asTemplate(`CREATE DATABASE ${name} TEMPLATE ${connection.database}`));
  await admin.$disconnect();
  return names.map((database) => ({ ...connection, database }));
}

/** Runs a part of the sequences. Answers what differs, for people; null where nothing does. */
async function compare(connection: Connection, part: { seed: number; figures: Figures }): Promise<string | null> {
  const postgres = await openSimulatedPostgres(connection);
  const property = fc.asyncProperty(anyPlan, (plan) => compareStores(plan, postgres, part.figures));
  const found = await fc.check(property, { numRuns: Math.ceil(sequences / DATABASES), seed: part.seed });
  await postgres.close();
  if (!found.failed) return null;
  const plan = JSON.stringify(found.counterexample?.[0], (_, value) => (typeof value === 'bigint' ? `${value}n` : value), 1);
  return `seed ${part.seed}, path ${found.counterexamplePath}\n${plan}\n${found.errorInstance}`;
}

function told(counts: ReadonlyMap<string, number>): string {
  const ordered = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ordered.map(([name, times]) => `${name} ${times}`).join(', ');
}
