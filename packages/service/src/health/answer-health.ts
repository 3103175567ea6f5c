import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Health } from './health.ts';

/** Says that the process lives; nothing else is looked at. */
export function answerLivez(request: IncomingMessage, response: ServerResponse): void {
  answer(request, response, 200, { status: 'ok' });
}

/** Says whether the service is ready, with 200 or 503; with `?verbose` also how each of its components is doing. */
export async function answerReadyz(health: Health, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { ready, phase, components } = await health.report();
  const verbose = /[?&]verbose(?:[=&]|$)/.test(request.url ?? '');
  answer(request, response, ready ? 200 : 503, verbose ? { ready, phase, components } : { ready });
}

/**
 * Answers a request if it is for `/livez` or `/readyz`; no key is needed for them.
 *
 * @returns whether it was
 */
export function answeredHealth(health: Health, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = request.url?.split('?')[0];
  if (path === '/livez') answerLivez(request, response);
  else if (path === '/readyz') void answerReadyz(health, request, response);
  else return false;
  return true;
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
