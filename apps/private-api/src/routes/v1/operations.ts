import { POOLS } from '@inference/domain';
import type { RequestHandler } from 'express';
import { actorOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { forgetConsumer } from '../../services/forget-consumer.ts';
import { CONSUMER_KNOWN_HOURS } from '../../store/consumer-store.ts';
import { pathParameter } from '../../v1/path-parameter.ts';

/** GPUs that one listing shows at most, ... */
const GPUS_MAX = 10_000;
/** ... and consumers. */
const CONSUMERS_MAX = 1_000;

/** GET /api/v1/consumers -> 200, the consumers. */
export function listConsumersRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await deps.store.listConsumers(CONSUMERS_MAX);
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

/** GET /api/v1/gpus -> 200, the GPUs of all consumers, and who holds them. */
export function listGpusRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await deps.store.listGpus(viewerOf(response), GPUS_MAX);
    response.json({
      items: rows.map(({ memoryBytes, heldSince, seenAt, ...gpu }) => ({
        ...gpu,
        memory_bytes: memoryBytes,
        held_since: heldSince?.toISOString() ?? null,
        consumer_seen_at: seenAt.toISOString(),
      })),
    });
  };
}

/** GET /api/v1/queue -> 200, what waits and what runs, by pool. */
export function getQueueRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    const rows = await deps.store.countByPool(POOLS, CONSUMER_KNOWN_HOURS);
    response.json({ pools: rows.map(({ oldestSeconds, ...pool }) => ({ ...pool, oldest_queued_seconds: oldestSeconds })) });
  };
}
