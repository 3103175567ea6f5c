import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';

/**
 * Resolves once a started container has ended. dockerode's own `wait` never settles when the engine dies after it has begun to
 * answer, which it does at once: here the answer is read as a stream, and a broken one rejects.
 */
export async function waitForEnd(docker: Docker, id: string, signal: AbortSignal): Promise<'ended'> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = {
      path: `/containers/${id}/wait`,
      method: 'POST',
      isStream: true,
      abortSignal: signal,
      statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    };
    docker.modem.dial(request, (error: unknown, stream?: unknown) => (error === null ? resolve(stream as IncomingMessage) : reject(error)));
  });
  for await (const _status of answer);
  return 'ended';
}
