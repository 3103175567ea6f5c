import { once } from 'node:events';
import { connect } from 'node:net';

/** One request as it goes over the wire, and the status that its answer must have. */
export type LoadRequest = { readonly head: readonly string[]; readonly body: Buffer; readonly status: number };

/** What so many requests took: each one in milliseconds, and all together. */
export type Load = { readonly timesMs: readonly number[]; readonly perSecond: number };

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Sends `count` requests over so many connections that are kept open, the next one as soon as the one before is answered. It writes and
 * reads bytes, and no more: on two cores, what the client takes, the server cannot have. Throws on an answer with another status.
 */
export async function load(
  url: string,
  { count, clients, next }: { count: number; clients: number; next: () => LoadRequest },
): Promise<Load> {
  const timesMs: number[] = [];
  let left = count;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      using connection = await Connection.open(url);
      while (left > 0) {
        left -= 1;
        timesMs.push(await connection.send(next()));
      }
    }),
  );
  return { timesMs, perSecond: count / ((performance.now() - begin) / 1_000) };
}

class Connection {
  readonly #socket: ReturnType<typeof connect>;
  #answered: PromiseWithResolvers<string> = Promise.withResolvers();
  #received: Buffer = Buffer.alloc(0);

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => this.#answered.reject(error));
    socket.on('close', () => this.#answered.reject(new Error('the server closed the connection')));
  }

  /** Sends a request, waits for the whole answer, and says how long that took, in milliseconds. */
  async send({ head, body, status }: LoadRequest): Promise<number> {
    const begin = performance.now();
    this.#answered = Promise.withResolvers();
    this.#socket.write(Buffer.concat([Buffer.from([...head, `content-length: ${body.length}`, '', ''].join('\r\n')), body]));
    const answer = await this.#answered.promise;
    if (!answer.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`Another answer than ${status}: ${answer}`);
    return performance.now() - begin;
  }

  [Symbol.dispose](): void {
    this.#answered.promise.catch(() => {});
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const bodyBytes = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    if (Number.isNaN(bodyBytes)) {
      this.#answered.reject(new Error(`An answer without a length: ${head}`));
      return;
    }
    const end = headEnd + HEAD_END.length + bodyBytes;
    if (this.#received.length < end) return;
    const answer = this.#received.toString('utf8', 0, end);
    this.#received = this.#received.subarray(end);
    this.#answered.resolve(answer);
  }
}
