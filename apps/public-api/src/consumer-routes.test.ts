import { addressOf, CONSUMER_ROUTES, LEASE_TOKEN_HEADER } from '@inference/contracts';
import { describe, expect, it } from 'vitest';
import { matchRoute } from './match-route.ts';
import { headersFromClient } from './passed-headers.ts';
import { TEST_UID } from './start-for-tests.ts';

const VALUES = { consumerId: 'c1', taskUid: TEST_UID, attempt: 1 };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

describe("the consumers' routes", () => {
  it.each(Object.values(CONSUMER_ROUTES))('are unknown to the relay, however they are written: $method $path', (route) => {
    const address = addressOf(route, VALUES);
    const disguises = [
      address,
      `${address}/`,
      `/${address}`,
      address.replace('/api/', '/api//'),
      address.replace('/api/', '/api/./'),
      address.replace('/api/', '/api%2f'),
      address.replace('/api/', '/docs/../api/'),
      address.replace('/api/', '/docs/%2e%2e/api/'),
      address.replace('/api/', '/%61pi/'),
      `${address}?status=standard`,
      `${address}#/api/models/`,
    ];
    for (const target of disguises) {
      for (const method of METHODS) expect(matchRoute(method, target).kind, `${method} ${target}`).toBe('not_found');
    }
  });

  it("do not get a lease's token through the relay on any other route", () => {
    expect(headersFromClient({ [LEASE_TOKEN_HEADER]: 'token', accept: '*/*' })).toEqual({ accept: '*/*' });
  });
});
