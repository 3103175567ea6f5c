export { allocate, HARD_AFTER_MS, REQUESTS_LOOKED_AT_MAX } from './allocate.ts';
export type { Allocation, Blocker, Reservation, Shortage, Situation, Sooner, Start, Wait } from './allocation.ts';
export { decayedUse, USE_HALF_LIFE_MS, type Use } from './decayed-use.ts';
export type { Lease } from './lease.ts';
export type { Device, Node } from './node.ts';
export { HEAD_START_MS, orderKey, type Priority } from './order-key.ts';
export { CPU_TASK_SHARE, orderRequests, type Waiting } from './order-requests.ts';
export type { ResourceRequest } from './resource-request.ts';
export type { Resources } from './resources.ts';
