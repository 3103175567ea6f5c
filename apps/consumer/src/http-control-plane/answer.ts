import { type ClientRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { MESSAGE_LIMITS } from '@inference/contracts';
import { AppError, ERRORS, type ErrorCode } from '@inference/domain';
import { z } from 'zod';
import { Outage } from './outage.ts';

/** Resolves with the answer once its head is there. @throws Outage */
export function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on('error', (error) => reject(new Outage('The private API cannot be reached.', { cause: error })));
  request.once('timeout', () => request.destroy(new Error('nothing moved on the connection for too long')));
  request.once('response', resolve);
  // Whoever sends a body looks at it later.
  promise.catch(() => {});
  return promise;
}

/** The whole body of an answer that is a message: what it should be, or null where it is empty. @throws AppError, Outage */
export async function readAnswer<Message>(answer: IncomingMessage, schema: z.ZodType<Message>): Promise<Message | null> {
  const text = await readText(answer);
  const { statusCode: status = 0 } = answer;
  if (status === 204) return null;
  if (status !== 200) throw refusal(status, text);
  const read = schema.safeParse(parse(text));
  if (!read.success)
    throw new Outage('The private API gave an answer that is not understood: is it of another version?', { cause: read.error });
  return read.data;
}

/** What an answer means that is not what was asked for. @throws Outage */
export async function readRefusal(answer: IncomingMessage): Promise<AppError | Outage> {
  return refusal(answer.statusCode ?? 0, await readText(answer));
}

/** 408: the network kept the request back for too long; what it was about would be lost if that counted as a refusal. */
const TEMPORARY: readonly number[] = [408, 503, 507];

const errorBodySchema = z.object({ code: z.string(), detail: z.unknown() });

function refusal(status: number, text: string): AppError | Outage {
  if (status === 401 || status === 403) {
    return new Outage(`The private API refuses this consumer's key (${status}): CONSUMER_KEY must be the same here and there.`);
  }
  const body = errorBodySchema.safeParse(parse(text));
  if (status === 404 || !body.success || !isErrorCode(body.data.code)) {
    const said = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
    return new Outage(`No private API answers there, but something that says ${said}: is PRIVATE_API_URL right?`);
  }
  const { code, detail } = body.data;
  const sentence = typeof detail === 'string' ? detail : JSON.stringify(detail);
  return TEMPORARY.includes(status) ? new Outage(sentence) : new AppError(code, sentence);
}

async function readText(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MESSAGE_LIMITS.answerBytesMax) throw new Error(`the answer has more than ${MESSAGE_LIMITS.answerBytesMax} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    throw new Outage('The answer of the private API did not come whole.', { cause: error });
  }
  return Buffer.concat(pieces).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
