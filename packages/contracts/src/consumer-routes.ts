/** The header that carries a lease's token. Not the address: addresses end in logs. */
export const LEASE_TOKEN_HEADER = 'x-lease-token';

/**
 * The routes of the private API that consumers use, as docs/consumer-protocol.md describes them. `:name` stands for a value.
 * None of them is public: the relay knows no such address.
 */
export const CONSUMER_ROUTES = {
  hello: { method: 'POST', path: '/api/consumers/:consumerId/hello' },
  claim: { method: 'POST', path: '/api/claims' },
  renew: { method: 'POST', path: '/api/attempts/:taskUid/:attempt/renew' },
  awaitStop: { method: 'GET', path: '/api/attempts/:taskUid/:attempt/stop' },
  tellLive: { method: 'POST', path: '/api/attempts/:taskUid/:attempt/live' },
  findLogEnds: { method: 'GET', path: '/api/attempts/:taskUid/:attempt/log-ends' },
  pinImage: { method: 'POST', path: '/api/attempts/:taskUid/:attempt/image' },
  fetchInput: { method: 'GET', path: '/api/attempts/:taskUid/:attempt/input' },
  fetchModelZip: { method: 'GET', path: '/api/attempts/:taskUid/:attempt/model-zip' },
  putOutput: { method: 'PUT', path: '/api/attempts/:taskUid/:attempt/output' },
  freeDevices: { method: 'POST', path: '/api/attempts/:taskUid/:attempt/devices-free' },
  report: { method: 'POST', path: '/api/attempts/:taskUid/:attempt/outcome' },
} as const;

export type ConsumerRoute = (typeof CONSUMER_ROUTES)[keyof typeof CONSUMER_ROUTES];

/** The address of a route, with its values in place. */
export function addressOf(route: ConsumerRoute, values: Readonly<Record<string, string | number>>): string {
  return route.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
}
