import { join } from 'node:path';
import { hashModelFolder } from '@inference/runtime';
import { describe, expect, it } from 'vitest';
import { SHIPPED_MODELS } from './shipped-models.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'examples', 'models');

describe('the shipped models', () => {
  it('are known by the hash of their folders (after a change, copy the new hash from the message below)', async () => {
    const found = await Promise.all([...SHIPPED_MODELS.keys()].map(async (name) => [name, await hashModelFolder(join(MODELS, name))]));
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(SHIPPED_MODELS));
  });
});
