import { isDeepStrictEqual } from 'node:util';
import { databaseFault } from '@inference/database';
import type { StoreTx } from '@inference/private-api';
import { createMemoryStore, type MemoryStore } from '../memory-store/create-memory-store.ts';
import type { Tables } from '../tables.ts';
import type { Call } from './random-calls.ts';
import type { Step } from './random-plan.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';

/** When every plan begins. */
const START = new Date('2026-01-01T00:00:00Z');
const ROLLED_BACK = new Error('rolled back by the plan');

/** What of a comparison is counted. */
export type Figures = {
  statements: number;
  /** Statements that changed a table, or answered something, by their names: the others prove little. */
  readonly effective: Map<keyof StoreTx, number>;
  readonly faults: Map<string, number>;
};

export function noFigures(): Figures {
  return { statements: 0, effective: new Map(), faults: new Map() };
}

/** What a statement did: it answered, or was refused. */
type Outcome = { readonly answer: unknown } | { readonly fault: string };

/** Statements that answer rows in no order: which one it is depends on the plan that Postgres makes of its figures at the moment. */
const UNORDERED: ReadonlySet<keyof StoreTx> = new Set([
  'takeUnrung',
  'endOverdueTasks',
  'failWaitingGpuTasks',
  'listAbandoned',
  'listLogEnds',
]);

/** Runs a plan on both stores. @throws Error that names the first step after which they differ */
export async function compareStores(plan: readonly Step[], postgres: SimulatedPostgres, figures: Figures): Promise<void> {
  let at = START;
  await postgres.empty();
  await postgres.setClock(at);
  const memory = createMemoryStore({ nowMs: () => START.getTime() });
  let before = memory.dump();
  for (const [index, step] of plan.entries()) {
    if (step.kind === 'wait') {
      at = new Date(at.getTime() + step.ms);
      memory.skewMs = at.getTime() - START.getTime();
      await postgres.setClock(at);
      continue;
    }
    const expected = await carryOut(postgres.store, step);
    const found = await carryOut(memory, step);
    const tables = await postgres.dump();
    const where = `step ${index} (${step.kind === 'call' ? step.call.name : `${step.kind}, ${step.end}`})`;
    requireSame(found, expected, `${where} answers`);
    compareTables(memory, tables, where);
    count(figures, step, { outcomes: expected, hasChanged: !isDeepStrictEqual(tables, before) });
    before = tables;
  }
}

async function carryOut(store: SimulatedPostgres['store'], step: Exclude<Step, { kind: 'wait' }>): Promise<Outcome[]> {
  if (step.kind === 'call') return [await outcomeOf(store, step.call)];
  const outcomes: Outcome[] = [];
  try {
    await store.transaction(async (tx) => {
      for (const call of step.calls) outcomes.push(await outcomeOf(tx, call));
      if (step.end === 'roll back') throw ROLLED_BACK;
    });
    return [...outcomes, { answer: 'it ended' }];
  } catch (error) {
    return [...outcomes, error === ROLLED_BACK ? { answer: 'it was rolled back' } : { fault: `at its end: ${databaseFault(error)}` }];
  }
}

async function outcomeOf(tx: StoreTx, { name, parts }: Call): Promise<Outcome> {
  try {
    const answer: unknown = await Reflect.apply(tx[name], tx, parts);
    return { answer: UNORDERED.has(name) ? (answer as object[]).map((row) => JSON.stringify(row)).toSorted() : answer };
  } catch (error) {
    return { fault: databaseFault(error) ?? 'refused' };
  }
}

function compareTables(memory: MemoryStore, expected: Tables, where: string): void {
  const found = memory.dump();
  for (const table of Object.keys(expected) as (keyof Tables)[]) requireSame(found[table], expected[table], `${where} leaves in ${table}`);
}

function requireSame(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${what}:\n  in memory:   ${shown(found)}\n  in Postgres: ${shown(expected)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part instanceof Set ? [...part] : part));
}

function count(
  figures: Figures,
  step: Exclude<Step, { kind: 'wait' }>,
  { outcomes, hasChanged }: { outcomes: readonly Outcome[]; hasChanged: boolean },
): void {
  const calls = step.kind === 'call' ? [step.call] : step.calls;
  figures.statements += calls.length;
  for (const [index, { name }] of calls.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if ('fault' in outcome) figures.faults.set(`${name}: ${outcome.fault}`, (figures.faults.get(`${name}: ${outcome.fault}`) ?? 0) + 1);
    else if (hasChanged || isSomething(outcome.answer)) figures.effective.set(name, (figures.effective.get(name) ?? 0) + 1);
  }
}

function isSomething(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.length > 0;
  if (answer instanceof Set) return answer.size > 0;
  return answer !== null && answer !== undefined && answer !== 0 && answer !== false;
}
