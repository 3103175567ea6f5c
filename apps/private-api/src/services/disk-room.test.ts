import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { until, zipOf } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
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

  const LEGACY = 'POST /api/tasks/?model_human_readable_id=echo';
  const V1 = 'POST /api/v1/models/echo/tasks';
  const PARTS = 'multipart/form-data; boundary=b';
  const FILE = '--b\r\ncontent-disposition: form-data; name="zip_file"; filename="a.zip"\r\n\r\nPK';

  it.each([
    ['a zip, by a client that asks first', V1, 'application/zip', 'content-length: 1000000\r\nexpect: 100-continue', ''],
    ['a zip, by a client that sends at once', V1, 'application/zip', 'content-length: 1000000', 'PK'],
    ['a zip of a length that is not announced', V1, 'application/zip', 'transfer-encoding: chunked', '2\r\nPK\r\n'],
    ['parts, by a client that asks first', V1, PARTS, 'content-length: 9000000\r\nexpect: 100-continue', ''],
    ['parts, by a client that sends at once', V1, PARTS, 'content-length: 9000000', FILE],
    ['parts of a legacy client that asks first', LEGACY, PARTS, 'content-length: 9000000\r\nexpect: 100-continue', ''],
    ['parts of a legacy client that sends at once', LEGACY, PARTS, 'content-length: 9000000', FILE],
    ['a model with files', 'POST /api/v1/models', PARTS, 'content-length: 9000000\r\nexpect: 100-continue', ''],
  ])('refuses an upload before its body is read: %s', async (_what, route, type, framing, begun) => {
    const { deps, url } = await setup({ bytes: 100 * GIB, freeBytes: GIB - 1 }, { freeDiskBytesMin: GIB });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes.toString();
    });
    const key = `authorization: Bearer ${ADMIN_KEY}`;
    socket.write(`${route} HTTP/1.1\r\nhost: 127.0.0.1\r\n${key}\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n${begun}`);
    // The rest of the body never comes: who waited for it would not answer.
    await until('the refusal', () => said.includes('storage_full'));
    expect(said).toMatch(/^HTTP\/1\.1 507 /);
    expect(await readdir(join(deps.folder, 'tmp'))).toEqual([]);
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
