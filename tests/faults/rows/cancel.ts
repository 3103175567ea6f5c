import { setTimeout as pause } from 'node:timers/promises';
import type { CancelAnswer } from '@inference/contracts';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import type { Client, Sent } from '../stage/client.ts';

const RACES = 40;
/** A task of the race takes about so long, in milliseconds: it is cancelled at any time of its life. */
const LIFE_MS = 600;

export const cancelRaces: Row = {
  name: 'cancel-races',
  numbers: [39],
  fault: `${RACES} tasks cancelled just when they end`,
  required: 'each is either cancelled or succeeded, and stays so; what was said to be cancelled never succeeds',
  async play(stage) {
    const { client } = await stage.trio();
    await client.result(await client.send());
    let cancelled = 0;
    for (let race = 0; race < RACES; race++) {
      const sent = await client.send();
      await pause((LIFE_MS * race) / RACES);
      const said = await cancel(client, sent);
      const { state } = await client.ended(sent);
      must(state === 'cancelled' || state === 'succeeded', `it is cancelled or succeeded (${state})`);
      must(said !== 'cancelled' || state === 'cancelled', 'what was cancelled stays cancelled');
      must(said !== 'already_ended' || state === 'succeeded', 'what had ended stays as it was');
      if (state !== 'cancelled') continue;
      cancelled += 1;
      client.accepted.delete(sent.id);
    }
    return { found: `${cancelled} cancelled, ${RACES - cancelled} succeeded.` };
  },
};

export const cancelWithoutConsumer: Row = {
  name: 'cancel-without-consumer',
  numbers: [40],
  fault: 'a running task is cancelled while its consumer is dead',
  required: 'cancelled within 40 s',
  targetMs: 40_000,
  async play(stage) {
    const { client, consumer } = await stage.trio();
    const sent = await client.send({ seconds: 60 });
    await client.startOf(sent);
    await consumer.kill();
    const atMs = performance.now();
    const said = await cancel(client, sent);
    const { state } = await client.ended(sent);
    const recoveredMs = performance.now() - atMs;
    must(state === 'cancelled', `it is cancelled (${state})`);
    client.accepted.delete(sent.id);
    await consumer.start().ready();
    await client.nextResult(performance.now());
    return { recoveredMs, found: `The answer was "${said}"; then it was cancelled.` };
  },
};

async function cancel(client: Client, { id }: Sent): Promise<CancelAnswer['result']> {
  const answer = await client.ask(`/api/v1/tasks/${id}/cancel`, { method: 'POST' });
  must(answer.status === 200, `the cancellation is answered with 200 (${answer.status})`);
  return ((await answer.json()) as CancelAnswer).result;
}
