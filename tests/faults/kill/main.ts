/**
 * `npm run faults:kill -- [--kills N] [--single] [--batch FILE]`: many real `kill -9` under load.
 *
 * Kills private API, consumer, RabbitMQ, Postgres and relay in turn (`--single`: the server in one process) while tasks are sent without
 * a pause, in batches on fresh installations; after each batch the result of every accepted task is compared with what its input demands.
 * What all batches came to is added up in a file, so a long run can be done in parts. The exit code is 1 when anything was lost, doubled
 * or wrong.
 */
import { parseArgs } from 'node:util';
import { startRabbitMq } from '@inference/testing/start-rabbitmq';
import { TALLY } from '../places.ts';
import { writeReport } from '../write-report.ts';
import type { Arena } from './arena.ts';
import { type Batch, playBatch } from './play-batch.ts';
import { servicesArena } from './services-arena.ts';
import { singleArena } from './single-arena.ts';
import { add, killsOf, readTally, sentence, writeTally } from './tally.ts';

/** Kills on one installation. */
const BATCH_KILLS = 50;
const KILLS = 100;

const { values } = parseArgs({
  options: { kills: { type: 'string' }, single: { type: 'boolean', default: false }, batch: { type: 'string' } },
  strict: true,
});
const file = values.batch ?? TALLY;
const wanted = Number(values.kills ?? KILLS);
if (!Number.isInteger(wanted) || wanted < 1) throw new Error('--kills must be a whole number, at least 1');
const tally = await readTally(file);
const totals = values.single ? tally.single : tally.services;
for (let done = 0; done < wanted; done += BATCH_KILLS) {
  const batch = await oneBatch(Math.min(BATCH_KILLS, wanted - done));
  add(totals, batch);
  await writeTally(file, tally);
  if (file === TALLY) await writeReport();
  for (const fault of batch.faults) console.log(`FAULT  ${fault}`);
  const rate = ((60_000 * killsOf(batch)) / batch.killMs).toFixed(1);
  console.log(
    `${killsOf(batch)} kills, ${batch.accepted} accepted, ${batch.right} right, ${batch.doubled} not exactly once, ${rate} kills a minute`,
  );
}
console.log(sentence(totals));
process.exit(totals.right === totals.accepted && totals.doubled === 0 ? 0 : 1);

async function oneBatch(kills: number): Promise<Batch> {
  if (values.single) return await batchIn(await singleArena(), kills);
  const rabbit = await startRabbitMq();
  try {
    return await batchIn(await servicesArena(rabbit), kills);
  } finally {
    await rabbit.close();
  }
}

async function batchIn(opened: Arena, kills: number): Promise<Batch> {
  await using arena = opened;
  return await playBatch(arena, kills, killsOf(totals));
}
