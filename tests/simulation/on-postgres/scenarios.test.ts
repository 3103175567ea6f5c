import { testDatabase } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSimulatedPostgres } from '../conformance/simulated-postgres.ts';
import { runScenario } from './run-scenario.ts';

/** Scenarios that a test run can afford; `npm run simulate:postgres` runs as many as one likes. */
const SCENARIOS = 200;
const LIMIT_MS = 900_000;
const SEED = 1;

describe('the services on Postgres', () => {
  it('keep every invariant while many use them at once', { timeout: LIMIT_MS }, async () => {
    const postgres = await openSimulatedPostgres((await testDatabase()).connection);
    onTestFinished(() => postgres.close());
    let claims = 0;
    for (let seed = SEED; seed < SEED + SCENARIOS; seed++) {
      const end = await runScenario(postgres, seed);
      expect(end.broken, `scenario with the seed ${seed}`).toEqual([]);
      claims += end.claims;
    }
    expect(claims, 'a scenario without claims proves nothing').toBeGreaterThan(SCENARIOS);
  });
});
