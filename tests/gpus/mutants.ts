import type { Mutant } from '../simulation/mutants/mutant.ts';

/** Where what is broken lies, and the tests that must see it. */
export const SOURCE = 'packages/allocator/src';

/** What the tests of the allocator must see. Each is a line of its source, changed in a copy of it. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a device is given although it is held',
    file: `${SOURCE}/place-now.ts`,
    part: 'device.isHealthy && room.isFree(device)',
    instead: 'device.isHealthy',
  },
  {
    name: 'a device is given although it is quarantined',
    file: `${SOURCE}/place-now.ts`,
    part: 'device.isHealthy && room.isFree(device)',
    instead: 'room.isFree(device)',
  },
  {
    name: 'what should have ended counts as ended',
    file: `${SOURCE}/room.ts`,
    part: 'Math.max(untilMs, nowMs + 1)',
    instead: 'untilMs',
  },
  {
    name: 'a start of this call is forgotten by the next one',
    file: `${SOURCE}/room.ts`,
    part: '    this.#hold(release);\n    this.#free = minus',
    instead: '    this.#free = minus',
  },
  {
    name: 'some GPUs are given where not all are free',
    file: `${SOURCE}/place-now.ts`,
    part: 'if (wanted.length < request.gpus) return null;',
    instead: 'if (wanted.length === 0 && request.gpus > 0) return null;',
  },
  {
    name: 'nobody waits for a reservation',
    file: `${SOURCE}/room.ts`,
    part: 'return this.nowMs + runMs <= this.#reservation.fromMs &&',
    instead: 'return true ||',
  },
  {
    name: 'what runs on takes devices that are reserved',
    file: `${SOURCE}/place-now.ts`,
    part: ' && !(staysOn && reservation.devices.includes(device.uuid))',
    instead: '',
  },
  {
    name: 'what runs on takes CPUs and memory that are reserved',
    file: `${SOURCE}/place-now.ts`,
    part: ' || !covers(room.spare, request.needs)',
    instead: '',
  },
  {
    name: 'the spare of a reserved node is given twice',
    file: `${SOURCE}/room.ts`,
    part: '    if (!this.endsInTime(request)) this.#spare = minus(this.#spare, request.needs);\n',
    instead: '',
  },
  {
    name: 'a drained node trusts a guess',
    file: `${SOURCE}/room.ts`,
    part: ' && (isEnforced || !this.#reservation.isHard)',
    instead: ' && isEnforced !== null',
  },
  {
    name: 'a request that does not fit blocks shorter ones like it',
    file: `${SOURCE}/misfits.ts`,
    part: 'known !== undefined && request.runMs >= known.runMs',
    instead: 'known !== undefined',
  },
  {
    name: 'a reservation is made for the latest opening',
    file: `${SOURCE}/earliest-start.ts`,
    part: 'opening.fromMs < soonest.fromMs',
    instead: 'opening.fromMs > soonest.fromMs',
  },
  {
    name: 'resources that become free with a device are not counted',
    file: `${SOURCE}/earliest-start.ts`,
    part: '    free = plus(free, holds);\n',
    instead: '    plus(free, holds);\n',
  },
  {
    name: 'a drained node counts as one to wait for',
    file: `${SOURCE}/find-obstacle.ts`,
    part: 'large.filter(({ node }) => !node.isDraining)',
    instead: 'large',
  },
  {
    name: 'parts of cards work together',
    file: `${SOURCE}/suits.ts`,
    part: "(kind === 'gpu' || gpus === 1)",
    instead: "kind !== 'none'",
  },
  {
    name: 'an owner has all turns at once',
    file: `${SOURCE}/order-requests.ts`,
    part: '      use += ',
    instead: '      void ',
  },
];
