import { consumerInfoSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { actorOf } from '../allow.ts';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { greetConsumer } from '../services/greet-consumer.ts';

/** POST /api/consumers/{consumerId}/hello -> 200, what is asked about its earlier boots. */
export function greetConsumerRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { consumerId } = request.params;
    const answer = await greetConsumer(deps, checkMessage(consumerInfoSchema, { ...request.body, consumerId }), actorOf(response));
    response.json(answer);
  };
}
