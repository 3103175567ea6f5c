import fc from 'fast-check';
import { anyCall, type Call, callOf } from './random-calls.ts';

/** How a transaction ends: as planned, by its caller's wish, or as if no statement of it had failed. */
export type End = 'commit' | 'roll back';

/** What is done to both stores. */
export type Step =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'transaction'; readonly calls: readonly Call[]; readonly end: End }
  /** Lets time pass on the clock of the database; backwards, too. */
  | { readonly kind: 'wait'; readonly ms: number };

/** Spans that statements compare with, to the millisecond, and some beside them. */
const SPANS_MS = [1, 1_234, 5_000, 15_000, 15_001, 3_600_000, 3_600_001, 86_400_000, 90_000_000, -2_000];

const call: fc.Arbitrary<Step> = anyCall.map((one) => ({ kind: 'call', call: one }));
const transaction: fc.Arbitrary<Step> = fc
  .tuple(fc.array(anyCall, { minLength: 1, maxLength: 4 }), fc.constantFrom<End>('commit', 'commit', 'roll back'))
  .map(([calls, end]) => ({ kind: 'transaction', calls, end }));
const wait: fc.Arbitrary<Step> = fc.constantFrom(...SPANS_MS).map((ms) => ({ kind: 'wait', ms }));

const LIMITS = { memoryBytes: 1, shmBytes: 1, pidsMax: 1, timeMs: 1_000_000 };

/** Without models there are no tasks: every plan begins with two. */
const MODELS: readonly Step[] = (['cpu', 'gpu'] as const).map((name) => ({
  kind: 'call',
  call: { name: 'insertModel', parts: [{ uid: name, humanReadableId: name, image: `${name}:1`, useGpu: name === 'gpu', ...LIMITS }] },
}));

/** What every plan goes on with: most statements need a task, and a claim. */
const tasks: fc.Arbitrary<readonly Step[]> = fc
  .tuple(callOf('insertTask'), callOf('insertTask'), callOf('claimNext'))
  .map((calls) => calls.map((one) => ({ kind: 'call', call: one })));

const steps = fc.array(fc.oneof({ weight: 8, arbitrary: call }, { weight: 1, arbitrary: transaction }, { weight: 1, arbitrary: wait }), {
  minLength: 8,
  maxLength: 30,
  size: 'max',
});

/** Statements, alone and in transactions, at random. */
export const anyPlan: fc.Arbitrary<readonly Step[]> = fc.tuple(tasks, steps).map(([first, rest]) => [...MODELS, ...first, ...rest]);
