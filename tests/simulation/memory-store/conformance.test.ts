import { testDatabase } from '@inference/testing';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareStores, noFigures } from '../conformance/compare-stores.ts';
import { PARTS } from '../conformance/random-calls.ts';
import { anyPlan } from '../conformance/random-plan.ts';
import { openSimulatedPostgres } from '../conformance/simulated-postgres.ts';
import { STATEMENTS } from './statements.ts';

/** Sequences that a test run can afford; `npm run simulate:store` runs as many as one likes. */
const SEQUENCES = 200;
const LIMIT_MS = 300_000;

/** Of all statements, so many at least must change or find something, or the sequences prove little. */
const EFFECTIVE_MIN = 50;

describe('the store in memory', () => {
  it('answers as Postgres does, and leaves the same tables, after each statement of random sequences', { timeout: LIMIT_MS }, async () => {
    const postgres = await openSimulatedPostgres((await testDatabase()).connection);
    onTestFinished(() => postgres.close());
    const figures = noFigures();
    const property = fc.asyncProperty(anyPlan, (plan) => compareStores(plan, postgres, figures));
    await fc.assert(property, { numRuns: SEQUENCES, seed: 1 });
    expect(figures.effective.size, 'statements to which the sequences gave something to do').toBeGreaterThan(EFFECTIVE_MIN);
  });

  it('is compared in all its statements', () => {
    const simulated = Object.entries(STATEMENTS).flatMap(([name, statement]) => (typeof statement === 'string' ? [] : [name]));
    expect(Object.keys(PARTS).toSorted()).toEqual(simulated.toSorted());
  });
});
