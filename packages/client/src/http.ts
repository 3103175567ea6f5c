import type { ClientOptions } from './client-options.ts';
import { ProblemError, TransportError } from './errors.ts';
import { problemOf } from './problem-of.ts';
import { readText } from './read-text.ts';
import { backOff, isWorthATry } from './retry-policy.ts';
import { transportErrorOf } from './transport-error-of.ts';
import { BodyFault, untilOver } from './until-over.ts';

/** How long an answer may take that is no upload, download or wait, in milliseconds. */
const REQUEST_MS = 60_000;
/** An answer in JSON has at most so many bytes. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** One request to the server. */
export type Ask = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the address of the server, encoded. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A body in JSON. */
  readonly json?: unknown;
  /** A body that streams: made anew for each try. */
  readonly body?: (() => AsyncIterable<Uint8Array>) | undefined;
  /** Asked twice, it does no more than asked once: it is tried again after failures that may pass. */
  readonly isRepeatable: boolean;
  /** How long the whole answer may take, in milliseconds; null: no limit of its own, the caller watches over it. */
  readonly limitMs?: number | null;
  readonly signal?: AbortSignal | undefined;
};

/** Requests to one server: keys, tries, limits and errors. */
export class Http {
  readonly #options: ClientOptions;
  readonly #base: string;
  #hasAnswered = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, '');
  }

  /** Where a path of the server is found. */
  urlOf(path: string, query: Query = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
    }
    return `${this.#base}${path}${search.size === 0 ? '' : `?${search}`}`;
  }

  newId(): string {
    return (this.#options.newId ?? (() => crypto.randomUUID()))();
  }

  /** The answer, which is no refusal. Throws ProblemError, TransportError, the reason of the signal, or what the source of the body threw. */
  async ask(ask: Ask): Promise<Response> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#askOnce(ask);
      } catch (error) {
        if (error instanceof BodyFault) throw error.cause;
        if (!ask.isRepeatable) throw error;
        await this.beforeNextTry(failures, error, ask.signal);
      }
    }
  }

  /** The answer's body, as JSON. */
  async json<T>(ask: Ask): Promise<T> {
    const response = await this.ask(ask);
    const text = await readText(response, JSON_BYTES_MAX).catch((error: unknown) => {
      ask.signal?.throwIfAborted();
      throw transportErrorOf(error, this.#base);
    });
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new TransportError(`${this.#base} did not answer in JSON: is this an InferenceServer?`, { cause });
    }
  }

  /** After so many failures in a row: waits, and tells of it, or throws what is not worth another try. */
  async beforeNextTry(failures: number, error: unknown, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const fault = error instanceof ProblemError ? error : transportErrorOf(error, this.#base);
    if (!isWorthATry(fault, failures, this.#hasAnswered)) throw fault;
    this.#options.onRetry?.(fault);
    await backOff(failures, fault, { random: this.#options.random ?? Math.random, signal });
  }

  async #askOnce(ask: Ask): Promise<Response> {
    const { method, path, query, json, body, signal, limitMs = this.#options.requestMs ?? REQUEST_MS } = ask;
    signal?.throwIfAborted();
    const url = this.urlOf(path, query);
    this.#options.onRequest?.({ method, url });
    const limits = [...(signal === undefined ? [] : [signal]), ...(limitMs === null ? [] : [AbortSignal.timeout(limitMs)])];
    const init: RequestInit = { method, headers: this.#headersOf(ask), redirect: 'error', signal: AbortSignal.any(limits) };
    if (json !== undefined) init.body = JSON.stringify(json);
    // Node's fetch takes any source of bytes; the type of the browser's does not know.
    const over = new AbortController();
    if (body !== undefined) Object.assign(init, { body: untilOver(body(), over.signal), duplex: 'half' });
    let response: Response;
    try {
      response = await (this.#options.fetch ?? fetch)(url, init);
    } catch (error) {
      signal?.throwIfAborted();
      const { cause } = error as Error;
      throw cause instanceof BodyFault ? cause : transportErrorOf(error, this.#base);
    } finally {
      over.abort();
    }
    this.#hasAnswered = true;
    if (!response.ok && response.status !== 304) throw await problemOf(response);
    return response;
  }

  #headersOf({ headers, json }: Ask): Record<string, string> {
    const { token } = this.#options;
    return {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
  }
}
