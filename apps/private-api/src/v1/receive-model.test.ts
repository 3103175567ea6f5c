import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  const { post } = await v1Client(deps);
  const zip = await zipOf({ 'weights.bin': 'w' });
  const send = async (model: object, names: readonly string[]) => {
    const form = new FormData();
    form.append('model', JSON.stringify(model));
    for (const name of names) form.append('files', new Blob([new Uint8Array(zip)]), name);
    const reply = await post('/models', form);
    return [reply.status, reply.json<{ code?: string }>().code];
  };
  return { post, zip, send, left: () => readdir(join(deps.folder, 'tmp')) };
}

describe('a registration with static files', () => {
  it('that brings them twice is refused, and neither is left behind', async () => {
    const { send, left } = await setup();
    expect(await send({ id: 'seg', image: 'lab/seg:1' }, ['a.zip', 'b.zip'])).toEqual([422, 'invalid_request']);
    expect(await left()).toEqual([]);
  });

  it('takes any name that they may have', async () => {
    const { post, zip, left } = await setup();
    for (const [index, name] of ["filename*=utf-8''nul%00.zip", `filename="${'x'.repeat(1_000)}"`].entries()) {
      const model = part('name="model"', JSON.stringify({ id: `seg-${index}`, image: 'lab/seg:1' }));
      const body = Buffer.concat([
        Buffer.from(`${model}--x\r\ncontent-disposition: form-data; name="files"; ${name}\r\n\r\n`),
        zip,
        Buffer.from('\r\n--x--\r\n'),
      ]);
      expect((await post('/models', body, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(201);
    }
    expect(await left()).toEqual([]);
  });
});

function part(name: string, content: string): string {
  return `--x\r\ncontent-disposition: form-data; ${name}\r\n\r\n${content}\r\n`;
}
