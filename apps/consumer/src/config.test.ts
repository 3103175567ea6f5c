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
    ['MIG-GPU-a0b1/9/0', ['MIG-GPU-a0b1/9/0']],
  ])('reads GPUS=%s', (value, gpus) => {
    expect(readConfig({ ...needed, GPUS: value })).toMatchObject({ ok: true, config: { gpus } });
  });

  it.each(['0', 'all', 'GPU-1;GPU-2', 'GPU-../../x'])('refuses GPUS=%s', (value) => {
    expect(readConfig({ ...needed, GPUS: value })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^GPUS must be auto, none, or UUIDs/)],
    });
  });

  it.each([
    ['', {}],
    ['site=b2, card=h100', { site: 'b2', card: 'h100' }],
    ['lab.example/row=3', { 'lab.example/row': '3' }],
  ])('reads NODE_LABELS=%s', (value, nodeLabels) => {
    expect(readConfig({ ...needed, NODE_LABELS: value })).toMatchObject({ ok: true, config: { nodeLabels } });
  });

  it.each([
    'site',
    'site=',
    '=b2',
    'site=b2,site=b3',
    'site=b 2',
    `site=${'x'.repeat(129)}`,
    Array.from({ length: 33 }, (_, at) => `l${at}=x`).join(),
  ])('refuses NODE_LABELS=%s', (value) => {
    expect(readConfig({ ...needed, NODE_LABELS: value })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^NODE_LABELS must be names with values, such as site=b2,card=h100/)],
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

  it('warns of settings that only a launcher would use, where there is one', () => {
    const settings = { ...needed, IMAGES_ALLOWED: 'registry.example/', DOCKER_SOCKET: '' };
    expect(readConfig(settings)).toMatchObject({ warnings: [] });
    expect(readConfig({ ...settings, LAUNCHER_SOCKET: '/run/launcher.sock' })).toMatchObject({
      config: { launcherSocket: '/run/launcher.sock' },
      warnings: ['IMAGES_ALLOWED does nothing beside LAUNCHER_SOCKET: set it for the launcher'],
    });
  });
});
