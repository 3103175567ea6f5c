import { request } from 'node:http';

const SOCKET = '/var/run/docker.sock';
const BAD_STATUS = 300;
/** A container with many processes is removed within this, in milliseconds. */
const REMOVE_LIMIT_MS = 60_000;

/** Asks the Docker engine, without the command line in between, whose own start takes longer than what is compared. */
export async function askEngine(method: 'POST' | 'DELETE', path: string, body: unknown, signal: AbortSignal): Promise<{ Id?: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ Id?: string }>();
  const headers = body === null ? {} : { 'content-type': 'application/json' };
  const asked = request({ socketPath: SOCKET, method, path, headers, signal }, (answer) => {
    let text = '';
    answer.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    answer.once('error', reject);
    answer.once('end', () => {
      if ((answer.statusCode ?? BAD_STATUS) >= BAD_STATUS) reject(new Error(`${method} ${path}: ${answer.statusCode}: ${text}`));
      else resolve(text === '' ? {} : JSON.parse(text));
    });
  });
  asked.once('error', reject);
  asked.end(body === null ? undefined : JSON.stringify(body));
  return await promise;
}

/** A container that was started; disposing of it kills and removes it. */
export type StartedContainer = AsyncDisposable & {
  /** Resolves when it has ended. */
  ended(): Promise<void>;
};

/** Makes and starts a container. */
export async function startContainer(settings: object, signal: AbortSignal): Promise<StartedContainer> {
  const { Id: id = '' } = await askEngine('POST', '/containers/create', settings, signal);
  const remove = async () => {
    // Not by the signal of the bench: it is removed after Ctrl-C, too.
    await askEngine('DELETE', `/containers/${id}?force=true&v=true`, null, AbortSignal.timeout(REMOVE_LIMIT_MS));
  };
  try {
    await askEngine('POST', `/containers/${id}/start`, null, signal);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    ended: async () => void (await askEngine('POST', `/containers/${id}/wait`, null, signal)),
    [Symbol.asyncDispose]: remove,
  };
}
