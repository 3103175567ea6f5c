import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '@inference/domain';
import { createLog, Health } from '@inference/service';
import { createRelay, type RelayOptions } from './app.ts';
import { createRelayServer } from './relay-server.ts';

export const TEST_TOKEN = 'token-of-the-test';
export const TEST_UID = 'Abc-_0123456789'.padEnd(43, 'z');
const DEADLINE_MS = 10_000;

export type Started = AsyncDisposable & { readonly port: number; readonly upstreamPort: number };

/** Starts a real upstream and a real relay in front of it, both on loopback; `await using` stops them. */
export async function startForTests(answer: RequestListener, options: Partial<RelayOptions> = {}): Promise<Started> {
  const upstream = createServer({ requestTimeout: 0 }, answer);
  upstream.on('checkContinue', answer);
  const upstreamPort = await listen(upstream);
  const target = { host: '127.0.0.1', port: upstreamPort };
  const clock = systemClock;
  const health = new Health({ clock, log: createLog({ level: 'silent' }) });
  const app = createRelay({ target, relayToken: TEST_TOKEN, keylessLocal: true, health, clock, ...options });
  const relay = createRelayServer(app, options.limits);
  const port = await listen(relay);
  return {
    port,
    upstreamPort,
    async [Symbol.asyncDispose]() {
      await stop(relay);
      await stop(upstream);
    },
  };
}

/** Listens on a free port of loopback. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
type AskOptions = {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
};

/** One request on a connection of its own, with the path sent as it is. */
export async function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent = false } = options;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, method, headers, agent }, resolve);
    req.on('error', reject);
    req.end(body);
  });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** Sends bytes over a raw connection and resolves with everything that came back once the other side has closed it. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('the connection was not closed in time')));
  socket.write(bytes, 'latin1');
  return await text(socket);
}

/** Resolves once `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so in ${DEADLINE_MS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
