export { createRelay, type RelayOptions } from './app.ts';
export { SETTINGS as PUBLIC_API_SETTINGS } from './config.ts';
export type { RelayLog } from './relay.ts';
export { RELAY_LIMITS, type RelayLimits } from './relay-limits.ts';
export { createRelayServer } from './relay-server.ts';
export type { RelayTarget } from './target-origin.ts';
