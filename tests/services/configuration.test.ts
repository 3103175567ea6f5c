// What an admin sees whose configuration is not right.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { installation, newSecret } from './installation.ts';
import { type ServiceName, serviceProcess } from './service-process.ts';

// Each test starts several processes, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const WRONG = {
  PORT: 'x',
  LOG_LEVEL: 'loud',
  DRAIN_SECONDS: '-1',
  RELAY_TOKEN: 'hunter2',
  CONSUMER_KEY: 'changeme-changeme-changeme-changeme',
};

const DRAIN = 'DRAIN_SECONDS must be at least 0';
const EXPECTED: Record<ServiceName, string[]> = {
  'public-api': ['PRIVATE_API_URL must be set', 'RELAY_TOKEN must have at least 32 characters', DRAIN],
  'private-api': [
    'DATABASE_URL (or DATABASE_URL_FILE) must be set',
    'RABBITMQ_URL (or RABBITMQ_URL_FILE) must be set',
    'FILES_DIR must be set',
    'ADMIN_KEY (or ADMIN_KEY_FILE) must be set',
    'CONSUMER_KEY is or contains a well-known example',
    'RELAY_TOKEN must have at least 32 characters',
    DRAIN,
  ],
  consumer: ['PRIVATE_API_URL must be set', 'WORK_DIR must be set', 'CONSUMER_KEY is or contains a well-known example', DRAIN],
  launcher: ['LAUNCHER_SOCKET must be set', 'WORK_DIR must be set'],
};

describe.each(Object.entries(EXPECTED) as [ServiceName, string[]][])('a %s that is set up wrongly', (name, expected) => {
  it('ends with exit code 2 and names every problem, but no secret', async () => {
    const service = serviceProcess(name, WRONG);
    expect(await service.exited()).toBe(2);
    const shared = ['PORT must be a number', 'LOG_LEVEL must be a level'];
    for (const problem of [...expected, ...shared]) expect(service.output()).toContain(`\n  ${problem}`);
    for (const secret of ['hunter2', 'changeme-']) expect(service.output()).not.toContain(secret);
  });
});

describe('secrets', () => {
  it('may lie in files', async () => {
    const own = await installation();
    const settings = own.settings('private-api');
    const folder = await testFolder();
    const moved = Object.entries(settings).map(async ([name, value]) => {
      if (!['DATABASE_URL', 'RABBITMQ_URL', 'ADMIN_KEY', 'CONSUMER_KEY', 'RELAY_TOKEN'].includes(name)) return [name, value];
      await writeFile(join(folder, name), `${value}\n`);
      return [`${name}_FILE`, join(folder, name)];
    });
    await serviceProcess('private-api', Object.fromEntries(await Promise.all(moved))).ready();
  });

  it('are nowhere in what the services print, whatever they log', async () => {
    const own = await installation({ rabbitUrl: `amqp://inference:${newSecret()}@127.0.0.1:1` });
    const api = own.start('private-api', '', { LOG_LEVEL: 'trace' });
    const privateUrl = await api.ready();
    const relay = own.start('public-api', privateUrl, { LOG_LEVEL: 'trace' });
    const consumer = own.start('consumer', privateUrl, { LOG_LEVEL: 'trace' });
    const url = await relay.ready();
    await consumer.ready();
    const wrongKey = newSecret();
    for (const key of [own.adminKey, wrongKey]) await fetch(`${url}/api/models/`, { headers: { authorization: `Bearer ${key}` } });
    const secrets = (['public-api', 'private-api', 'consumer'] as const).flatMap((name) => {
      const { CONSUMER_KEY, RELAY_TOKEN, ADMIN_KEY, RABBITMQ_URL } = own.settings(name);
      return [CONSUMER_KEY, RELAY_TOKEN, ADMIN_KEY, RABBITMQ_URL && new URL(RABBITMQ_URL).password];
    });
    const printed = [api, relay, consumer].map((service) => service.output()).join('\n');
    expect(printed.length).toBeGreaterThan(1000);
    for (const secret of [...secrets, wrongKey]) if (secret !== undefined) expect(printed).not.toContain(secret);
  });
});
