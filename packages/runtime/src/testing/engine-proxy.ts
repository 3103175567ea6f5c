import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';
import { SOCKET_PATH } from './docker.ts';

/** A socket in front of the engine that can be made to break or to hang. */
export class EngineProxy {
  readonly #clients = new Set<Socket>();
  #hangs = false;
  /** Bytes that came while it hung: what a caller waits for in vain. */
  swallowed = 0;
  /** The first lines of the requests that went through, such as `POST /v1.41/containers/ID/wait HTTP/1.1`. */
  readonly requests: string[] = [];

  private constructor() {}

  /** Opens a proxy for the running test. */
  static async open(): Promise<{ proxy: EngineProxy; socketPath: string }> {
    const proxy = new EngineProxy();
    const socketPath = join(await testFolder(), 'engine.sock');
    const server = createServer((client) => proxy.#take(client));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(() => {
      proxy.breakOff();
      server.close();
    });
    return { proxy, socketPath };
  }

  /** Ends all connections, as an engine that dies. */
  breakOff(): void {
    for (const client of this.#clients) client.destroy();
  }

  /** From now on requests come in and no answer goes out. */
  hang(): void {
    this.#hangs = true;
  }

  #take(client: Socket): void {
    const engine = connect(SOCKET_PATH);
    this.#clients.add(client);
    client.on('data', (bytes) => {
      if (this.#hangs) this.swallowed += bytes.length;
      else {
        this.requests.push(bytes.toString('latin1').split('\r\n', 1)[0] ?? '');
        engine.write(bytes);
      }
    });
    engine.on('data', (bytes) => {
      if (!this.#hangs) client.write(bytes);
    });
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        this.#clients.delete(client);
        if (!this.#hangs || one === client) other.destroy();
      });
    }
  }
}
