import { describe, expect, it } from 'vitest';
import { Remains } from './remains.ts';
import type { AttemptFolders } from './steps/make-folders.ts';

/** What is left of an attempt whose runtime does not let go of it; `letGo` has what was done all the same. */
function stuck() {
  const letGo: string[] = [];
  const runtime = { release: () => Promise.reject(new Error('removal in progress')) };
  const journal = { settled: async () => {} };
  const remains = new Remains({ taskUid: 'a', attempt: 1 }, { runtime, journal } as unknown as ConstructorParameters<typeof Remains>[1]);
  const remove = async () => void letGo.push('folder');
  remains.folders = { letGoOfModel: () => void letGo.push('model'), remove } as unknown as AttemptFolders;
  return { remains, letGo };
}

describe('what is left of an attempt that cannot be removed', () => {
  it('needs no files of its model where that has ended: a sweep may take the rest', async () => {
    const { remains, letGo } = stuck();
    remains.mayLive = false;
    await expect(remains.remove()).rejects.toThrow('removal in progress');
    expect(letGo).toEqual(['model']);
  });

  it('keeps the files of a model that may still live', async () => {
    const { remains, letGo } = stuck();
    await expect(remains.remove()).rejects.toThrow('removal in progress');
    expect(letGo).toEqual([]);
  });
});
