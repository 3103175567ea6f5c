import { describe, expect, it } from 'vitest';
import { isCrossOrigin } from './cross-origin.ts';

describe('isCrossOrigin', () => {
  it.each([
    {},
    { origin: 'http://localhost:8000', host: 'localhost:8000' },
    { origin: 'https://lab.example', host: 'lab.example' },
    { origin: 'https://lab.example', host: 'lab.example:443' },
    { origin: 'http://[::1]:8000', host: '[::1]:8000' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('lets a POST with %j pass', (headers) => {
    expect(isCrossOrigin('POST', { host: 'localhost:8000', ...headers })).toBe(false);
  });

  it.each([
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:8001' },
    { origin: 'http://localhost' },
    { origin: 'http://localhost:8000/path' },
    { origin: 'http://localhost:8000@evil.example' },
    { origin: 'file://localhost:8000' },
    { origin: 'http://evil.example, http://localhost:8000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8000' },
    { 'sec-fetch-site': 'anything' },
  ])('stops a POST with %j', (headers) => {
    expect(isCrossOrigin('POST', { host: 'localhost:8000', ...headers })).toBe(true);
  });

  it('judges everything that changes something, and nothing that only reads', () => {
    const headers = { host: 'localhost:8000', origin: 'http://evil.example' };
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH']) expect(isCrossOrigin(method, headers)).toBe(true);
    for (const method of ['GET', 'HEAD']) expect(isCrossOrigin(method, headers)).toBe(false);
  });
});
