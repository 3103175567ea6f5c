import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const needed = {
  PRIVATE_API_URL: 'http://private-api:7421',
  CONSUMER_KEY: 'kK3-_9vQxw7Zt2LmR8sYb4NcE6hJ0fUd',
  RABBITMQ_URL: 'amqp://u:p@rabbitmq:5672',
  WORK_DIR: '/var/lib/work',
};

describe("the consumer's configuration", () => {
  it('has a default for what need not be set', () => {
    const defaults = { port: 7422, consumerId: null, dockerSlots: 1, gpus: 'auto', processSlots: 0, modelsFolder: null, drainMs: 60_000 };
    expect(readConfig(needed)).toMatchObject({ ok: true, config: defaults });
  });

  it.each([
    ['none', []],
    ['auto', 'auto'],
    ['GPU-1, GPU-2,GPU-1', ['GPU-1', 'GPU-2']],
    ['MIG-a0b1', ['MIG-a0b1']],
  ])('reads GPUS=%s', (value, gpus) => {
    expect(readConfig({ ...needed, GPUS: value })).toMatchObject({ ok: true, config: { gpus } });
  });

  it.each(['0', 'all', 'GPU-1;GPU-2', 'GPU-../../x'])('refuses GPUS=%s', (value) => {
    expect(readConfig({ ...needed, GPUS: value })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^GPUS must be auto, none, or UUIDs/)],
    });
  });

  it('needs a folder of models for the process runtime', () => {
    expect(readConfig({ ...needed, PROCESS_SLOTS: '2' })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^MODELS_DIR must be set/)],
    });
    // Together with whatever else is wrong.
    expect(readConfig({ ...needed, GPUS: 'all', PROCESS_SLOTS: '2' })).toMatchObject({ problems: { length: 2 } });
    expect(readConfig({ ...needed, PROCESS_SLOTS: '2', MODELS_DIR: '/models' })).toMatchObject({
      ok: true,
      config: { modelsFolder: '/models' },
    });
  });
});
