/**
 * `npm run simulate:postgres -- [--scenarios 2000] [--seed S] [--broken-max 5]`: many use the services at once on a real Postgres; after each scenario the
 * invariants are looked at. What does not hold is printed with its seed.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate, startEmbeddedPostgres } from '@inference/database';
import { openSimulatedPostgres } from './conformance/simulated-postgres.ts';
import { runScenario } from './on-postgres/run-scenario.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'prisma', 'migrations');
const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    // After so many scenarios that broke something there is enough to look at.
    'broken-max': { type: 'string', default: '5' },
  },
});
const scenarios = Number(values.scenarios);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const brokenMax = Number(values['broken-max']);

const folder = await mkdtemp(join(tmpdir(), 'inference-simulate-'));
// The server's own uid must be able to pass through.
await chmod(folder, 0o711);
const server = await startEmbeddedPostgres(folder);
try {
  await migrate(server.connection, MIGRATIONS);
  const postgres = await openSimulatedPostgres(server.connection);
  const startMs = performance.now();
  const sums = { run: 0, acts: 0, claims: 0, broken: 0 };
  for (let at = seed; at < seed + scenarios && sums.broken < brokenMax; at++) {
    const { broken, acts, claims } = await runScenario(postgres, at);
    sums.run += 1;
    sums.acts += acts;
    sums.claims += claims;
    if (broken.length === 0) continue;
    sums.broken += 1;
    process.stdout.write(`scenario with the seed ${at}:\n${broken.map((text) => `  ${text}\n`).join('')}`);
  }
  await postgres.close();
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write(
    `${sums.run} scenarios from the seed ${seed}, ${sums.acts} acts, ${sums.claims} attempts, ${seconds} s: ${sums.broken} broke something\n`,
  );
  process.exitCode = sums.broken === 0 ? 0 : 1;
} finally {
  await server.stop();
  await server.remove();
  await rm(folder, { recursive: true, force: true });
}
