import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addressOf, CONSUMER_ROUTES, LEASE_TOKEN_HEADER } from './consumer-routes.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';

const page = readFileSync(new URL('../../../docs/consumer-protocol.md', import.meta.url), 'utf8');

describe("the consumers' routes", () => {
  it('are those that docs/consumer-protocol.md describes', () => {
    const described = [...page.matchAll(/^\| `(GET|POST|PUT) ([^`]+)` \|/gm)].map(([, method, path]) => `${method} ${path}`);
    const known = Object.values(CONSUMER_ROUTES).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(known.sort());
    expect(page.toLowerCase()).toContain(LEASE_TOKEN_HEADER);
  });

  it('have the limits that docs/consumer-protocol.md names', () => {
    for (const limit of ['64 KiB', '16 MiB', '500 lines', '2000 characters', '1 MiB', '200 warnings']) expect(page).toContain(limit);
    expect([MESSAGE_LIMITS.bodyBytesMax, MESSAGE_LIMITS.reportBytesMax, MESSAGE_LIMITS.logTailBytesMax]).toEqual([
      64 * 1024,
      16 * 1024 ** 2,
      1024 ** 2,
    ]);
    expect([MESSAGE_LIMITS.logLinesMax, MESSAGE_LIMITS.logLineCharsMax, MESSAGE_LIMITS.warningsMax]).toEqual([500, 2000, 200]);
  });

  it('take values that cannot change the address', () => {
    expect(addressOf(CONSUMER_ROUTES.hello, { consumerId: '../x?y' })).toBe('/api/consumers/..%2Fx%3Fy/hello');
  });
});
