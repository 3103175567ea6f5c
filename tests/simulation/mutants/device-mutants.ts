import type { Mutant } from './mutant.ts';

const RUN = 'apps/consumer/src/run-attempt.ts';
const SLOTS = 'apps/consumer/src/lane-slots.ts';
const START = 'apps/consumer/src/start-consumer.ts';
const DECIDE = 'apps/private-api/src/services/decide-claim.ts';
const GREET = 'apps/private-api/src/services/greet-consumer.ts';

/**
 * What must be seen of GPUs: who is given which, that no two models share one, and that each is given back. Not among them is what another line
 * makes good: a claim that decides without knowing what is held (the unique index of live leases refuses it), and a consumer that takes GPUs
 * which another attempt has, or none (no claim gives them).
 */
export const DEVICE_MUTANTS: readonly Mutant[] = [
  {
    name: 'GPUs: told free before the model has ended',
    file: SLOTS,
    part: '    const journal = new AttemptJournal(this.#deps, { pool, claimed, adoptions });\n',
    instead: '    onGone();\n    const journal = new AttemptJournal(this.#deps, { pool, claimed, adoptions });\n',
  },
  {
    name: 'GPUs: told free though something of the model may live',
    file: RUN,
    part: '    if (!remains.mayLive && !isFault(end, outcome)) run.place.leave();\n',
    instead: '    run.place.leave();\n',
  },
  {
    name: 'GPUs: the slot is left though something of the model may live',
    file: SLOTS,
    part: '      if (!mayLive) place.leave();\n',
    instead: '      place.leave();\n',
  },
  {
    name: 'GPUs: nobody is told that they are free',
    file: 'apps/consumer/src/tell-devices-free.ts',
    part: '      await control.freeDevices(claimed);\n',
    instead: '',
  },
  {
    name: 'GPUs: that they are free is told once, heard or not',
    file: 'apps/consumer/src/tell-devices-free.ts',
    part: 'const TRIES_MAX = 60_000;',
    instead: 'const TRIES_MAX = 1;',
  },
  {
    name: 'GPUs: what is told free is not ended',
    file: 'apps/private-api/src/services/free-devices.ts',
    part: '  if (await deps.store.endDeviceLeases(lease)) return;\n',
    instead: '',
  },
  {
    name: 'GPUs: one of those that were decided on is claimed without',
    file: DECIDE,
    part: 'gpuUuids: start.devices, decided }',
    instead: 'gpuUuids: start.devices.slice(1), decided }',
  },
  {
    name: 'GPUs: a claim takes what was decided for any machine',
    file: DECIDE,
    part: 'const start = starts.find(({ node }) => node === situation.asking);',
    instead: 'const [start] = starts;',
  },
  {
    name: 'GPUs: a hello frees what earlier boots held, without asking',
    file: GREET,
    part: '  return { leftovers: await deps.store.listLeftovers(consumer) };\n',
    instead:
      '  await deps.store.endGoneDevices(consumer.consumerId, await deps.store.listLeftovers(consumer));\n  return { leftovers: [] };\n',
  },
  {
    name: 'GPUs: what a consumer says is gone is not ended',
    file: GREET,
    part: 'if (consumer.gone.length > 0) await',
    instead: 'if (consumer.gone.length > 999) await',
  },
  {
    name: 'GPUs: a consumer does not say what it holds',
    file: START,
    part: '  const held = lanes.flatMap((lane) => lane.holding());\n',
    instead: '  const held = lanes.flatMap((lane) => lane.holding()).slice(0, 0);\n',
  },
];
