import { POOLS } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../../deps.ts';
import { CONSUMER_KNOWN_HOURS } from '../../store/consumer-store.ts';
import { countByPool, listConsumers } from '../../store/operation-store.ts';

/** Consumers that one listing shows at most. */
const CONSUMERS_MAX = 1_000;

/** GET /api/v1/consumers -> 200, the consumers. */
export function listConsumersRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await listConsumers(deps.db, CONSUMERS_MAX);
    response.json({ items: rows.map(({ seenAt, ...consumer }) => ({ ...consumer, seen_at: seenAt.toISOString() })) });
  };
}

/** GET /api/v1/queue -> 200, what waits and what runs, by pool. */
export function getQueueRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await countByPool(deps.db, POOLS, CONSUMER_KNOWN_HOURS);
    response.json({ pools: rows.map(({ oldestSeconds, ...pool }) => ({ ...pool, oldest_queued_seconds: oldestSeconds })) });
  };
}
