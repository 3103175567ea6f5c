import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { newId } from '@inference/domain';
import { type FileStore, openDiskFileStore } from '@inference/files';
import { testDatabase, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { createPostgresStore } from '../create-postgres-store.ts';
import { checkFileStore } from './check-file-store.ts';
import { matchFileStore } from './match-file-store.ts';

async function setup() {
  const { db } = await testDatabase();
  const folder = await testFolder();
  return { db, store: createPostgresStore(db), folder, files: await openDiskFileStore(folder), newId };
}

async function keepFile(files: FileStore): Promise<void> {
  await (await files.receive(Readable.from([Buffer.from('zip')]), 100)).keep('inputs/one.zip');
}

describe('the file store and the database', () => {
  it('get one id from the first private API, and match ever after', async () => {
    const deps = await setup();
    const first = await matchFileStore(deps);
    expect(first.ok).toBe(true);
    await keepFile(deps.files);
    const again = { ...deps, files: await openDiskFileStore(deps.folder) };
    expect(await matchFileStore(again)).toEqual(first);
  });

  it('get the same id from private APIs that start together', async () => {
    const deps = await setup();
    const all = await Promise.all([1, 2, 3, 4].map(() => matchFileStore(deps)));
    expect(new Set(all.map((match) => JSON.stringify(match))).size).toBe(1);
    expect(all[0]?.ok).toBe(true);
  });

  it('let only one win of two that start together with different folders', async () => {
    const deps = await setup();
    const elsewhere = { ...deps, files: await openDiskFileStore(await testFolder()) };
    const all = await Promise.all([matchFileStore(deps), matchFileStore(elsewhere)]);
    expect(all.map(({ ok }) => ok).sort()).toEqual([false, true]);
  });

  it('do not match when the folder belongs to another installation', async () => {
    const [deps, other] = [await setup(), await setup()];
    await matchFileStore(deps);
    await matchFileStore(other);
    expect(await matchFileStore({ ...deps, files: other.files })).toEqual({
      ok: false,
      reason: expect.stringContaining('belongs to another installation'),
    });
  });

  it('do not match when the folder has no id and the database knows one: the folder is left as it is', async () => {
    const deps = await setup();
    await matchFileStore(deps);
    const empty = await openDiskFileStore(await testFolder());
    expect(await matchFileStore({ ...deps, files: empty })).toEqual({ ok: false, reason: expect.stringContaining('mount that one') });
    expect(await empty.id()).toBeNull();
  });

  it('do not match when the folder holds files of another database, which would be swept away', async () => {
    const [deps, fresh] = [await setup(), await setup()];
    await matchFileStore(deps);
    await keepFile(deps.files);
    expect(await matchFileStore({ ...fresh, files: deps.files })).toEqual({
      ok: false,
      reason: expect.stringContaining('restore the database'),
    });
  });

  it('match after a start that died between the two claims', async () => {
    const deps = await setup();
    await deps.files.claimId('half');
    expect(await matchFileStore(deps)).toEqual({ ok: true, id: 'half' });
  });
});

describe('the files as a component', () => {
  it('fail when their folder is taken away or exchanged, and recover when it is back', async () => {
    const deps = await setup();
    const component = checkFileStore(deps);
    expect(await component.check()).toMatchObject({ ok: true });
    const id = await deps.files.id();
    await rm(join(deps.folder, 'store-id'));
    expect(await component.check()).toMatchObject({ ok: false, text: expect.stringContaining('no longer') });
    await deps.files.claimId(String(id));
    expect(await component.check()).toMatchObject({ ok: true });
    await rm(join(deps.folder, 'tmp'), { recursive: true });
    await expect(component.check()).rejects.toThrow('ENOENT');
  });

  it('name no path', async () => {
    const deps = await setup();
    await matchFileStore(deps);
    const component = checkFileStore({ ...deps, files: await openDiskFileStore(await testFolder()) });
    expect((await component.check()).text).not.toMatch(/\/\w/);
  });
});
