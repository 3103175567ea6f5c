import type { ConsumerRoute } from '@inference/contracts';
import type { z } from 'zod';
import { answerTo, readAnswer } from './answer.ts';
import type { Api, ApiRequest } from './api.ts';

/** A message to the private API; `timeoutMs` is for all of it, from the connection to the last byte of the answer. */
export type Question = Pick<ApiRequest, 'values' | 'token'> & {
  readonly route: ConsumerRoute;
  readonly message?: unknown;
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
};

/** Sends a message and answers what came back, or null where that is nothing. @throws AppError, Outage */
export async function ask<Message>(api: Api, question: Question, schema: z.ZodType<Message>): Promise<Message | null> {
  const { message, timeoutMs, signal, ...rest } = question;
  const deadline = AbortSignal.timeout(timeoutMs);
  const body = message === undefined ? '' : JSON.stringify(message);
  const headers = { 'content-length': Buffer.byteLength(body), ...(body === '' ? {} : { 'content-type': 'application/json' }) };
  const request = api.open({ ...rest, headers, signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
  const answer = answerTo(request);
  request.once('error', () => {
    if (deadline.aborted) api.closeKept();
  });
  request.end(body);
  return await readAnswer(await answer, schema);
}
