import type { PoolSupply } from '@inference/private-api';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { secondsBefore } from './times.ts';

const CONSUMER_KNOWN_HOURS = 24;

export const upsertConsumer: Statement<'upsertConsumer'> = (db, { owner, consumerId, bootId, pools, gpus, trouble, node }) => {
  const changes = {
    owner,
    boot_id: bootId,
    pools: [...pools],
    gpus,
    trouble: { ...trouble },
    node: structuredClone(node),
    seen_at: db.now(),
  };
  const before = db.consumerById.get(consumerId);
  if (before === undefined) db.consumer.insert({ id: consumerId, ...changes });
  else if ((before.owner ?? owner) === owner || before.seen_at < knownSince(db)) db.consumer.update(before, changes);
  else return null;
  return { isNewBoot: before?.boot_id !== bootId };
};

export const isOfAnother: Statement<'isOfAnother'> = (db, consumerId, owner) => {
  const known = db.consumerById.get(consumerId)?.owner ?? null;
  return known !== null && known !== owner;
};

export const deleteConsumer: Statement<'deleteConsumer'> = (db, consumerId) => {
  const consumer = db.consumerById.get(consumerId);
  if (consumer === undefined) return null;
  db.consumer.delete(consumer);
  return { owner: consumer.owner };
};

export const poolSupply: Statement<'poolSupply'> = (db, pool) => supplyOf(db, pool);

/** How a pool is served, for statements that ask beside other things. */
export function supplyOf(db: MemoryDatabase, pool: string): PoolSupply {
  const since = knownSince(db);
  const known = db.consumer.all().filter(({ seen_at }) => seen_at > since);
  const serving = known.filter(({ pools }) => pools.includes(pool));
  const troubles = serving.flatMap(({ trouble }) => trouble[pool] ?? []);
  const isInTrouble = serving.length > 0 && troubles.length === serving.length;
  return {
    known: known.length,
    serving: serving.length,
    gpus: serving.reduce((sum, { gpus }) => sum + gpus, 0),
    trouble: isInTrouble ? (troubles.toSorted().at(-1) ?? '') : '',
  };
}

function knownSince(db: MemoryDatabase): Date {
  return secondsBefore(db.now(), CONSUMER_KNOWN_HOURS * 3600);
}
