import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { RequestPlan } from './request-plan.ts';

/** What goes over the wire. */
export type SentRequest = Pick<RequestPlan, 'method' | 'target' | 'headers' | 'body'>;

export type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** An answer must be complete within this time. */
const ANSWER_MS_MAX = 30_000;

/** Sends a request over a connection of the agent and reads its answer; of an event stream only what comes first. */
export function sendPlan(port: number, agent: Agent, { method, target, headers, body }: SentRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(body.bytes.length) };
    const asked = request({ host: '127.0.0.1', port, agent, method, path: target, headers: { ...headers, ...length } });
    asked.setTimeout(ANSWER_MS_MAX, () => asked.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)));
    asked.once('error', reject).once('response', (answer: IncomingMessage) => {
      const pieces: Buffer[] = [];
      const done = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) });
      const isStream = (answer.headers['content-type'] ?? '').startsWith('text/event-stream');
      answer.once('end', done).once('error', reject);
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece);
        if (!isStream) return;
        answer.off('error', reject).on('error', () => {});
        done();
        asked.off('error', reject).on('error', () => {});
        asked.destroy();
      });
    });
    asked.end(body?.bytes);
  });
}
