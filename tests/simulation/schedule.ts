import fc from 'fast-check';
import type { Behaviour } from './world/simulated-engine.ts';

/** The faults that a schedule may have; each schedule draws a part of them. */
export const FAULTS = [
  'kill-api',
  'freeze-api',
  'api-power-cut',
  'kill-consumer',
  'freeze-consumer',
  'consumer-power-cut',
  'drain-consumer',
  'consumer-machine-lost',
  'broker-down',
  'broker-drops',
  'broker-doubles',
  'broker-delays',
  'broker-wiped',
  'store-away',
  'store-loses-before',
  'store-loses-after',
  'network-cut',
  'network-slow',
  'network-loses-replies',
  'model-killed',
  'engine-down',
  'engine-loses-replies',
  'clock-jump',
  'api-disk-full',
  'consumer-disk-full',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * Those that cost no attempt: rings only hasten, no wall clocks of different machines are compared, and what a private API that is away for
 * less than a lease was not told, it is told again.
 */
export const HARMLESS = [
  'kill-api',
  'api-power-cut',
  'store-away',
  'store-loses-after',
  'network-loses-replies',
  'broker-down',
  'broker-drops',
  'broker-doubles',
  'broker-delays',
  'broker-wiped',
  'clock-jump',
] as const satisfies readonly Fault[];

/** One step: something that a user does, time that passes, or a fault that begins and lasts for a while. */
export type Step =
  // A fault whose `at` has the second bit set comes at the next end of a model, where it can.
  | { readonly kind: 'submit'; readonly behaviour: Behaviour }
  | { readonly kind: 'cancel' | 'requeue' | 'delete' | 'download'; readonly at: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly at: number; readonly lastsMs: number };

export type Schedule = { readonly seed: number; readonly faults: readonly Fault[]; readonly steps: readonly Step[] };

const STEPS_MIN = 20;
const STEPS_MAX = 200;
/** Most schedules are short: a fault does what it does in a few steps, and a new draw of faults finds more than a longer schedule. */
const STEPS_FEW = 60;
/** Twice as much, or half, finds less: ten mutants that hide well took half as many schedules again. */
const PASS_MS = 2_000;
const LASTS_MS = 60_000;

const at = fc.nat(15);
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('succeed' as const) },
  { weight: 2, arbitrary: fc.constant('slow' as const) },
  { weight: 1, arbitrary: fc.constant('fail' as const) },
  { weight: 1, arbitrary: fc.constant('hang' as const) },
  { weight: 1, arbitrary: fc.constant('linger' as const) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('submit' as const), behaviour }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'requeue' as const, 'delete' as const, 'download' as const), at }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(PASS_MS) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('fault' as const), fault: fc.constantFrom(...FAULTS), at, lastsMs: fc.nat(LASTS_MS) }),
  },
);

const stepsUpTo = (maxLength: number) => fc.array(step, { minLength: STEPS_MIN, maxLength, size: 'max' });

/** Schedules of every length, each with faults of some kinds only: many faults at once hide what one does. */
export const schedules: fc.Arbitrary<Schedule> = fc.noBias(
  fc.record({
    seed: fc.nat(2 ** 31),
    faults: fc.oneof({ weight: 4, arbitrary: fc.subarray([...FAULTS]) }, { weight: 1, arbitrary: fc.subarray([...HARMLESS]) }),
    steps: fc.oneof({ weight: 3, arbitrary: stepsUpTo(STEPS_FEW) }, { weight: 1, arbitrary: stepsUpTo(STEPS_MAX) }),
  }),
);
