import { consumerInfoSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { actorOf } from '../allow.ts';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { greetConsumer } from '../services/greet-consumer.ts';

/** POST /api/consumers/{consumerId}/hello -> 204. */
export function greetConsumerRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { consumerId } = request.params;
    await greetConsumer(deps, checkMessage(consumerInfoSchema, { ...request.body, consumerId }), actorOf(response));
    response.status(204).end();
  };
}
