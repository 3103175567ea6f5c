import { setTimeout as pause } from 'node:timers/promises';
import { must } from '../must.ts';
import type { Played, Row } from '../row.ts';
import type { Stage } from '../stage/stage.ts';
import type { Wire } from '../stage/wire.ts';

/** 64 kbit/s, in bytes a second. */
const SLOW_BYTES = 8_000;
/** Sent while a connection is half dead, and what that one carries in the meantime, in milliseconds. */
const SETTLE_MS = 2_000;

export const halfOpenToApi: Row = halfOpenRow('private API', async (stage) => {
  const api = await stage.privateApi().ready();
  const { wire, url } = await stage.wireTo(api);
  const [relay] = await Promise.all([stage.relay({ url }).ready(), stage.consumer({ url }).ready()]);
  return { wire, client: stage.client(relay) };
});

export const halfOpenToBroker: Row = halfOpenRow('RabbitMQ', async (stage) => {
  const { wire, settings } = await stage.wireToRabbit();
  const { client } = await stage.trio({ api: settings, consumer: settings });
  return { wire, client };
});

export const halfOpenToPostgres: Row = halfOpenRow('Postgres', async (stage) => {
  const { wire, settings } = await stage.wireToPostgres();
  const { client } = await stage.trio({ api: settings });
  return { wire, client };
});

export const slowNetwork: Row = {
  name: 'slow-network',
  numbers: [25],
  fault: 'network of 64 kbit/s: an upload to the relay, and an output from the consumer, while its leases share the line',
  required: 'both finish, or the upload is refused with 408; no lease is lost',
  async play(stage) {
    const api = await stage.privateApi().ready();
    const toApi = await stage.wireTo(api);
    const relay = await stage.relay(api).ready();
    const toRelay = await stage.wireTo(relay);
    await stage.consumer(toApi).ready();
    const [near, far] = [stage.client(relay), stage.client(toRelay)];
    await near.result(await near.send());
    const bytes = stage.absenceMs(400_000, 60_000);
    for (const { wire } of [toApi, toRelay]) wire.slow(SLOW_BYTES, 50);
    const uploaded = far.put(await far.prepare({ payload: Buffer.alloc(bytes, 'slow'), noise: 1 }));
    const sent = await near.send({ noise: bytes });
    const { attempts } = await near.result(sent, 600_000);
    must(attempts.length === 1, `no lease is lost (${attempts.length} attempts)`);
    const reply = await uploaded;
    must(reply?.sent != null || reply?.status === 408, `the upload finishes or is refused with 408 (${reply?.status} ${reply?.text})`);
    toApi.wire.slow(Number.POSITIVE_INFINITY);
    toRelay.wire.slow(Number.POSITIVE_INFINITY);
    return { found: `${bytes / 1000} kB each way: the upload was answered with ${reply?.status}, one attempt each.` };
  },
};

type Wired = { readonly wire: Wire; readonly client: ReturnType<Stage['client']> };

function halfOpenRow(whom: string, open: (stage: Stage) => Promise<Wired>): Row {
  return {
    name: `half-open-${whom.toLowerCase().replace('private ', '')}`,
    numbers: [24],
    fault: `every connection to ${whom} goes silent without being closed; new ones work`,
    required: 'noticed within 30 s',
    targetMs: 30_000,
    async play(stage): Promise<Played> {
      const { wire, client } = await open(stage);
      await client.result(await client.send());
      await pause(SETTLE_MS);
      wire.halfOpen();
      const recoveredMs = await client.nextResult(performance.now());
      return { recoveredMs, found: 'A task that was sent after the fault began ended right.' };
    },
  };
}
