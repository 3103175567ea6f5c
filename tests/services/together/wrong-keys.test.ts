// Services whose secrets do not fit together: whoever set them up must find out which, and no log may tell what they are.

import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { newSecret } from '../installation.ts';
import type { Service } from './service.ts';
import { services } from './services.ts';

/** What a service has logged as a warning or worse. */
function warnings(service: Service): string[] {
  return service.lines().flatMap(({ level, msg }) => (Number(level) >= 40 ? String(msg) : []));
}

async function listModels(relay: Service, key?: string): Promise<{ status: number; detail?: string }> {
  const answer = await fetch(`${relay.url}/api/models/`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
  const body = (await answer.json()) as { detail?: string };
  return { status: answer.status, ...(answer.status === 200 ? {} : { detail: String(body.detail) }) };
}

describe('a secret that is another one elsewhere', () => {
  it('CONSUMER_KEY, changed in the private API alone: the consumer that runs says so, and works when both have the same again', async () => {
    const own = await services();
    const changed = newSecret();
    own.secrets.push(changed);
    const api = await own.privateApi().ready();
    const consumer = await own.consumer(api).ready();
    await api.kill();
    api.startAgain({ CONSUMER_KEY: changed });
    await api.ready();
    await until('the consumer to say so', () =>
      consumer.lines().some(({ reason }) => String(reason).includes('CONSUMER_KEY must be the same')),
    );
    await until('the private API to name it', () => warnings(api).some((text) => text.includes('CONSUMER_KEY')));
    api.signal('SIGTERM');
    await api.exited();
    api.startAgain();
    await until('the consumer to claim again', () => consumer.lines().some(({ msg }) => msg === 'claims are answered again'));
  }, 120_000);

  it('RELAY_TOKEN: clients are refused with 401, and the private API names it', async () => {
    const own = await services();
    const wrong = newSecret();
    own.secrets.push(wrong);
    const api = await own.privateApi().ready();
    const relay = await own.publicApi(api, { RELAY_TOKEN: wrong }).ready();
    // LEGACY_ANONYMOUS is on, but who came through an unknown relay is not believed to have come through one.
    expect(await listModels(relay)).toEqual({ status: 401, detail: expect.stringContaining('RELAY_TOKEN') });
    await until('the private API to name it', () => warnings(api).some((text) => text.includes('another RELAY_TOKEN')));
    const right = await own.publicApi(api).ready();
    expect(await listModels(right)).toEqual({ status: 200 });
  }, 60_000);

  it('ADMIN_KEY: its sender is refused with 401, and the private API names it', async () => {
    const own = await services();
    const wrong = newSecret();
    own.secrets.push(wrong);
    const api = await own.privateApi().ready();
    const relay = await own.publicApi(api).ready();
    expect(await listModels(relay, wrong)).toEqual({ status: 401, detail: expect.stringContaining('The key is not valid') });
    await until('the private API to name it', () => warnings(api).some((text) => text.includes('ADMIN_KEY')));
    expect(await listModels(relay, own.adminKey)).toEqual({ status: 200 });
  }, 60_000);
});
