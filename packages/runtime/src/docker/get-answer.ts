import type Docker from 'dockerode';

/**
 * Asks the engine for what lies at `path`. dockerode's own `version`, `ping` and `inspect` of an image take no signal: their connection to an
 * engine that never answers is never closed. Here it is when `abortSignal` is aborted.
 */
export function getAnswer<Answer>(docker: Docker, path: string, abortSignal: AbortSignal): Promise<Answer> {
  const request = { path, method: 'GET', abortSignal, statusCodes: { 200: true, 404: 'no such object', 500: 'server error' } };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error: unknown, answer?: unknown) => (error === null ? resolve(answer as Answer) : reject(error)));
  });
}
