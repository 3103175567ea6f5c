import { POOLS } from '@inference/domain';
import type { RequestHandler } from 'express';
import { actorOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { forgetConsumer } from '../../services/forget-consumer.ts';
import { CONSUMER_KNOWN_HOURS } from '../../store/consumer-store.ts';
import { countByPool, listConsumers } from '../../store/operation-store.ts';
import { pathParameter } from '../../v1/path-parameter.ts';

/** Consumers that one listing shows at most. */
const CONSUMERS_MAX = 1_000;

/** GET /api/v1/consumers -> 200, the consumers. */
export function listConsumersRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await listConsumers(deps.db, CONSUMERS_MAX);
    response.json({ items: rows.map(({ seenAt, ...consumer }) => ({ ...consumer, seen_at: seenAt.toISOString() })) });
  };
}

/** DELETE /api/v1/consumers/{consumer} -> 204; its name is free for another key. */
export function forgetConsumerRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await forgetConsumer(deps, pathParameter(request, 'consumer', 'not_found'), actorOf(response));
    response.status(204).end();
  };
}

/** GET /api/v1/queue -> 200, what waits and what runs, by pool. */
export function getQueueRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await countByPool(deps.db, POOLS, CONSUMER_KNOWN_HOURS);
    response.json({ pools: rows.map(({ oldestSeconds, ...pool }) => ({ ...pool, oldest_queued_seconds: oldestSeconds })) });
  };
}
