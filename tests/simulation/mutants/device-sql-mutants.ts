import type { Mutant } from './mutant.ts';

const STORE = 'apps/private-api/src/store/device-store.ts';

/**
 * What the scenarios on a real Postgres must see of GPUs. Not among them is what another line makes good: without the unique index of live leases
 * the count of decided claims keeps each GPU to one attempt, and a lease that is ended twice only has its owner's use counted twice.
 */
export const DEVICE_SQL_MUTANTS: readonly Mutant[] = [
  {
    name: 'SQL of GPUs: they are given back with any token',
    file: STORE,
    part: ` AND a.token = \${lease.token})`,
    instead: ')',
  },
  {
    name: 'SQL of GPUs: a consumer says that those of another are free',
    file: STORE,
    part: `    d.consumer_id = \${consumerId}\n    AND (d.task_id`,
    instead: '    (d.task_id',
  },
  {
    name: 'SQL of GPUs: what the boot of now runs is told to be left over',
    file: STORE,
    part: `      AND (d.boot_id <> \${bootId}\n`,
    instead: '      AND (true\n',
  },
  {
    name: 'SQL of GPUs: what a consumer holds is told to be left over',
    file: STORE,
    part: 'WHERE held.uid = t.uid AND held.number = d.attempt)',
    instead: 'WHERE false)',
  },
  {
    name: 'SQL of GPUs: a claim takes what was decided before another took something',
    file: 'apps/private-api/src/store/claim-store.ts',
    part: ` WHERE setting.value = \${decided}::bigint::text`,
    instead: '',
  },
  {
    name: 'SQL of GPUs: one that is in trouble is given out',
    file: 'apps/private-api/src/services/situation-of.ts',
    part: '      isHealthy: trouble === null,\n',
    instead: '      isHealthy: trouble !== undefined,\n',
  },
];
