import { Readable } from 'node:stream';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { contentOf, TESTER, testDeps } from '../testing/test-deps.ts';
import { registerModel } from './register-model.ts';

const MODEL = { humanReadableId: 'echo', image: 'group/echo:1', description: '', useGpu: false, loosened: [], limits: {}, retriesMax: 0 };

async function register(deps: Deps) {
  const files = await zipOf({ 'weights.txt': 'hello' });
  const upload = await deps.files.receive(Readable.from([files]), files.length);
  return await registerModel(deps, { ...MODEL, zip: { upload, name: 'files.zip' } }, TESTER);
}

describe('registerModel', () => {
  it('keeps the files of a model where it is not known whether the model was made', async () => {
    const deps = await testDeps();
    const transaction: typeof deps.store.transaction = async (work) => {
      await deps.store.transaction(work);
      throw new Error('nobody knows');
    };
    await expect(register({ ...deps, store: { ...deps.store, transaction } })).rejects.toThrow('nobody knows');
    const [made] = await deps.db.model.findMany();
    expect(await contentOf(deps, String(made?.zipKey))).not.toBeNull();
  });

  it('leaves no files of a model whose name is taken', async () => {
    const deps = await testDeps();
    const first = await register(deps);
    const uid = 'second';
    await expect(register({ ...deps, newId: () => uid })).rejects.toMatchObject({ code: 'model_exists' });
    expect(await contentOf(deps, `models/${uid}.zip`)).toBeNull();
    expect(await contentOf(deps, String(first.zipKey))).not.toBeNull();
  });
});
