import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

// Each command is a process of its own, which a busy machine is slow to start.
vi.setConfig({ testTimeout: 120_000 });

describe('infer models', () => {
  const shared = sharedServer();
  const infer = (...args: string[]) => runInfer([...args, '--url', shared().url]);

  it('lists the models as a table, with all else on stderr', async () => {
    const { code, out, err } = await infer('models', 'list');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')[0]).toMatch(/^ID +GPU +STATE +DESCRIPTION$/);
    expect(out).toMatch(/^word-count +no +ready +Counts/m);
  });

  it('lists them in every format', async () => {
    const ids = (models: { id: string }[]) => models.map(({ id }) => id);
    const known = (await infer('models', 'list', '-o', 'name')).out.trim().split('\n');
    expect(known).toContain('word-count');
    expect(ids(JSON.parse((await infer('models', 'list', '-o', 'json')).out))).toEqual(known);
    const lines = (await infer('models', 'list', '-o', 'jsonl')).out.trim().split('\n');
    expect(ids(lines.map((line) => JSON.parse(line)))).toEqual(known);
    expect((await infer('models', 'list', '-o', 'wide')).out).toMatch(/^ID .* IMAGE +TIME LIMIT$/m);
    expect((await infer('models', 'list', '-o', 'yaml')).out).toContain(`- id: ${known[0]}\n`);
  });

  it('shows one, and ends with 5 where there is none', async () => {
    expect((await infer('models', 'get', 'word-count')).out).toMatch(/^Model +word-count$/m);
    const { code, out, err } = await infer('models', 'get', 'nothing');
    expect({ code, out }).toEqual({ code: 5, out: '' });
    expect(err).toMatch(/^infer: Model not found/);
  });

  it('tries one on a sample, and ends with 3 where that fails', async () => {
    const sample = join(await testFolder(), 'sample');
    await mkdir(sample);
    await writeFile(join(sample, 'slow-echo.json'), '{"seconds": 0}');
    expect(await infer('models', 'test', 'slow-echo', sample, '-q')).toMatchObject({ code: 0 });
    await writeFile(join(sample, 'slow-echo.json'), '{"seconds": 0, "fail": true}');
    const { code, err } = await infer('models', 'test', 'slow-echo', sample);
    expect(code).toBe(3);
    expect(err).toContain('slow-echo.json asks for a failure: this is it.');
  });

  it('registers an image, takes it out of use, and lets it back', async () => {
    const added = await infer(
      'models',
      'add',
      'mine',
      '--image',
      'lab/mine:1',
      '--time-limit',
      '5m',
      '--hang-seconds',
      '90s',
      '--retries',
      '2',
      '--description',
      'Mine.',
      '-o',
      'json',
    );
    expect(added.code, added.err).toBe(0);
    expect(JSON.parse(added.out)).toMatchObject({
      id: 'mine',
      image: 'lab/mine:1',
      limits: { time_limit_seconds: 300, hang_seconds: 90 },
      retries: 2,
      disabled: false,
    });
    const disabled = await infer('models', 'rm', 'mine', '-o', 'json');
    expect(JSON.parse(disabled.out)).toMatchObject({ id: 'mine', disabled: true });
    const back = await infer('models', 'rm', 'mine', '--undo', '-o', 'json');
    expect(JSON.parse(back.out)).toMatchObject({ id: 'mine', disabled: false });
  });

  it('registers an image together with a folder of weights', async () => {
    const weights = await testFolder();
    await writeFile(join(weights, 'weights.bin'), Buffer.alloc(300_000, 7));
    const { code, out, err } = await infer('models', 'add', 'heavy', '--image', 'lab/heavy:1', '--weights', weights, '-o', 'json');
    expect(code, err).toBe(0);
    expect(JSON.parse(out).files.bytes).toBeGreaterThan(300_000);
  });
});
