import { describe, expect, it } from 'vitest';
import { ADVICE } from './advice.ts';
import { ZIP_ERRORS } from './zip-errors.ts';

describe('what to do about an error', () => {
  it('is said in sentences, and for every way in which a zip is refused', () => {
    for (const advice of Object.values(ADVICE)) expect(advice).toMatch(/^[A-Z][^.]{8,}.*\.$/);
    expect(Object.keys(ADVICE)).toEqual(expect.arrayContaining(Object.keys(ZIP_ERRORS)));
  });
});
