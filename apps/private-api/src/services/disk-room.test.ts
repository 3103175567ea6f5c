import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { componentChecks } from '../component-checks.ts';
import { claimed, givenModel, givenTask, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';
import { diskRoom } from './disk-room.ts';
import { putOutput } from './put-output.ts';

const GIB = 1024 ** 3;
const ZIP = await zipOf({ 'in.txt': 'hello' });

/** A platform whose disk says that so much of it is free. */
async function setup(space: { bytes: number; freeBytes: number }, settings = {}) {
  const made = await testDeps({ adminKey: ADMIN_KEY, ...settings });
  const files = new Proxy(made.files, {
    get: (store, name) => (name === 'space' ? async () => space : Reflect.get(store, name).bind(store)),
  });
  const deps = { ...made, files };
  await givenModel(deps);
  return { deps, ...(await v1Client(deps)) };
}

describe('the reserve on the disk', () => {
  it.each([
    ['2 GiB', null, 1000 * GIB, 2 * GIB],
    ['1 % where that is less', null, 50 * GIB, Math.floor(GIB / 2)],
    ['what the admin says', 10 * GIB, 50 * GIB, 10 * GIB],
  ])('is %s', async (_what, freeDiskBytesMin, bytes, reserveBytes) => {
    const { deps } = await setup({ bytes, freeBytes: 0 }, { freeDiskBytesMin });
    expect(await diskRoom(deps)).toEqual({ freeBytes: 0, reserveBytes });
  });

  it('is kept from uploads, in the words of a full disk, and health tells of it', async () => {
    const space = { bytes: 100 * GIB, freeBytes: GIB + ZIP.length };
    const { deps, postZip, url } = await setup(space, { freeDiskBytesMin: GIB });
    const disk = componentChecks(deps).find(({ name }) => name === 'disk');
    expect((await postZip(ZIP)).status).toBe(202);
    expect(await disk?.check()).toEqual({ ok: true, text: '1024 MiB are free; uploads are taken while 1024 MiB stay so.' });
    space.freeBytes -= 1;
    const refused = await postZip(ZIP);
    expect([refused.status, refused.json<{ detail: string }>().detail]).toEqual([507, 'The disk of the server is full: try again later.']);
    expect((await readdir(join(deps.folder, 'tmp'))).length).toBe(0);
    space.freeBytes = GIB - 1;
    const form = new FormData();
    form.append('zip_file', new Blob([new Uint8Array(ZIP)]), 'in.zip');
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const legacy = await fetch(`${url}/api/tasks?model_human_readable_id=echo`, { method: 'POST', body: form, headers });
    expect([legacy.status, await legacy.json()]).toMatchObject([507, { code: 'storage_full' }]);
    expect((await disk?.check())?.ok).toBe(false);
    expect(await deps.db.task.count()).toBe(1);
  });

  it('is there for the outputs of tasks that were accepted', async () => {
    const space = { bytes: 100 * GIB, freeBytes: 50 * GIB };
    const { deps } = await setup(space, { freeDiskBytesMin: GIB });
    await givenTask(deps);
    space.freeBytes = 0;
    const attempt = await claimed(deps);
    expect((await putOutput(deps, attempt, Readable.from([ZIP]))).bytes).toBe(ZIP.length);
  });
});
