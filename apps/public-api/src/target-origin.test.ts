import { describe, expect, it } from 'vitest';
import { originOf } from './target-origin.ts';

describe('originOf', () => {
  it('puts a name, an IPv4 and an IPv6 address into a URL', () => {
    expect(originOf({ host: 'private-api', port: 8000 })).toBe('http://private-api:8000');
    expect(originOf({ host: '127.0.0.1', port: 8000 })).toBe('http://127.0.0.1:8000');
    expect(originOf({ host: '::1', port: 8000 })).toBe('http://[::1]:8000');
  });

  it('takes no path, query or credentials from a URL', () => {
    expect(originOf(new URL('http://user:secret@private-api:8000/path?query'))).toBe('http://private-api:8000');
  });
});
