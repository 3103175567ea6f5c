import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { addressOf, type ConsumerRoute, LEASE_TOKEN_HEADER } from '@inference/contracts';

/** Connections at the same time: every transfer of every slot has one. */
const SOCKETS_MAX = 256;
/** An idle connection is closed after so long, in milliseconds: sooner than the private API would, which could cut off a request. */
const IDLE_SOCKET_MS = 30_000;

/** One request to be. */
export type ApiRequest = {
  readonly route: ConsumerRoute;
  /** The values of the route's address; a lease, where it is about one, whose token goes into the header. */
  readonly values: Readonly<Record<string, string | number>>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Nothing may move on the connection for so long, in milliseconds, before `timeout` is emitted. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
};

/** The private API as a consumer reaches it: its address, the key, and the connections, which are kept for later requests. */
export class Api {
  readonly #base: URL;
  readonly #key: string;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: string, key: string) {
    this.#base = new URL(url);
    this.#key = key;
    const options = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: IDLE_SOCKET_MS };
    this.#agent = this.#base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Who is asked, for people. */
  get origin(): string {
    return this.#base.origin;
  }

  open({ route, values, token, headers, idleMs, signal }: ApiRequest): ClientRequest {
    const { protocol, hostname, port, pathname } = this.#base;
    const options: RequestOptions = {
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: pathname.replace(/\/$/, '') + addressOf(route, values),
      method: route.method,
      agent: this.#agent,
      signal,
      ...(idleMs === undefined ? {} : { timeout: idleMs }),
      headers: { authorization: `Bearer ${this.#key}`, ...(token === undefined ? {} : { [LEASE_TOKEN_HEADER]: token }), ...headers },
    };
    return protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
  }

  /** Closes the kept connections that are not in use: what has silenced one has probably silenced them all. */
  closeKept(): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }
}
