import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { secretFault } from './secret-fault.ts';

describe('secretFault', () => {
  it('finds nothing wrong with random secrets', () => {
    for (let count = 0; count < 1000; count++) {
      for (const encoding of ['base64url', 'base64', 'hex'] as const) expect(secretFault(randomBytes(32).toString(encoding))).toBeNull();
    }
  });

  it.each([
    ['short', 'vQxw7Zt2LmR8sYb4NcE6hJ0fUd9aBc3', /at least 32 characters/],
    ['one repeated character', 'k'.repeat(64), /different characters/],
    ['a few repeated characters', 'abc123-'.repeat(8), /different characters/],
    ['a well-known placeholder', `changeme-${'vQxw7Zt2LmR8sYb4NcE6hJ0fUd'}`, /well-known example/],
    ['one in other letters', `CHANGE_ME-${'vQxw7Zt2LmR8sYb4NcE6hJ0fUd'}`, /well-known example/],
    ['an example', `example-key-${'vQxw7Zt2LmR8sYb4NcE6hJ0fUd'}`, /well-known example/],
    ['a password of everybody', `Password123-${'vQxw7Zt2LmR8sYb4NcE6hJ0fUd'}`, /well-known example/],
    ['a row of digits', '0123456789012345678901234567890123456789', /well-known example/],
    ['two words', 'vQxw7Zt2LmR8sYb4 NcE6hJ0fUd9aBc3x', /without spaces/],
    ['no ASCII', 'vQxw7Zt2LmR8sYb4NcE6hJ0fUd9aBc3é', /ASCII/],
  ])('refuses %s', (_what, value, why) => {
    expect(secretFault(value)).toMatch(why);
    expect(secretFault(value)).not.toContain(value);
  });
});
