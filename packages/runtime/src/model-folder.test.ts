import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { MODEL_JSON_BYTES_MAX, readModelFolder } from './model-folder.ts';

async function read(json: unknown) {
  const folder = await testFolder();
  await writeFile(join(folder, 'model.json'), typeof json === 'string' ? json : JSON.stringify(json));
  return await readModelFolder(folder);
}

const whole = {
  humanReadableId: 'word-count',
  description: 'Counts words.',
  image: 'example/word-count:1',
  useGpu: true,
  process: { command: ['node', 'count.mjs'], mounts: { '/app/node_modules': '../../../node_modules' } },
  sample: 'sample.zip',
};

describe('reading model.json', () => {
  it('reads every field', async () => {
    expect(await read(whole)).toEqual({ ok: true, model: whole });
  });

  it('needs no more than an id', async () => {
    const model = { humanReadableId: 'x', description: '', image: null, useGpu: false, process: null, sample: null };
    expect(await read({ humanReadableId: 'x' })).toEqual({ ok: true, model });
  });

  it('says so when there is no such file', async () => {
    expect(await readModelFolder(await testFolder())).toEqual({ ok: false, reason: 'The folder has no file model.json.' });
  });

  it.each([
    ['', 'empty or larger'],
    [' '.repeat(MODEL_JSON_BYTES_MAX + 1), 'empty or larger'],
    ['{', 'not valid JSON'],
    ['[]', 'it must be an object'],
    ['null', 'it must be an object'],
    [{}, 'humanReadableId is missing'],
    [{ humanReadableId: 7 }, 'humanReadableId must be a text'],
    [{ humanReadableId: '../x' }, 'humanReadableId must be 1 to 128 letters'],
    [{ ...whole, usegpu: true }, 'unknown field "usegpu" (known: humanReadableId,'],
    [{ ...whole, useGpu: 'yes' }, 'useGpu must be true or false'],
    [{ ...whole, description: 'x'.repeat(2001) }, 'longer than 2000'],
    [{ ...whole, image: '' }, 'image must not be empty'],
    [{ ...whole, sample: '../sample.zip' }, 'sample must lie in the folder'],
    [{ ...whole, sample: '/etc/passwd' }, 'sample must lie in the folder'],
    [{ ...whole, process: { command: [] } }, 'process.command must be a list of 1 to 100 texts'],
    [{ ...whole, process: { command: 'node' } }, 'process.command must be a list'],
    [{ ...whole, process: { command: ['node', 7] } }, 'process.command[1] must be a text'],
    [{ ...whole, process: { command: [''] } }, 'names no program'],
    [{ ...whole, process: { command: ['a\0b'] } }, 'NUL'],
    [{ ...whole, process: { command: ['x'], mount: {} } }, 'unknown field "mount"'],
    [{ ...whole, process: { command: ['x'], mounts: { '/etc': '.' } } }, '"/etc" must be "/app/" and one name'],
    [{ ...whole, process: { command: ['x'], mounts: { '/app/..': '.' } } }, 'must be "/app/" and one name'],
    [{ ...whole, process: { command: ['x'], mounts: { '/app/x': 3 } } }, 'must be a text'],
    [{ ...whole, process: { command: ['x'], mounts: { '/app/x': '' } } }, 'is empty'],
  ])('refuses %j, and says why', async (json, why) => {
    expect(await read(json)).toEqual({ ok: false, reason: expect.stringContaining(why) });
  });
});
