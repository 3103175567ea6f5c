import { createReadStream } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Large reads keep the client from being what is measured, in bytes. */
const READ_BYTES = 1024 * 1024;
const SOCKETS_MAX = 64;
/** A task that takes longer has a fault, in milliseconds. */
const READY_LIMIT_MS = 120_000;
const PENDING = 551;
const WAIT_SECONDS = 30;
const BOUNDARY = 'inference-bench-boundary';
const HEAD = Buffer.from(
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="zip_file"; filename="input.zip"\r\nContent-Type: application/zip\r\n\r\n`,
);
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

/** A zip to post: at hand, or a file to be streamed. */
export type Upload = { readonly zip: Buffer } | { readonly path: string; readonly bytes: number };

type TaskState = { readonly state: string; readonly reason: string };

/** The same HTTP client for both sides: `node:http`, connections kept open. */
export class Client {
  readonly #url: string;
  readonly #signal: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

  constructor(url: string, signal: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
  }

  /** Posts a zip as a multipart body (nothing, without one) and answers the JSON of the answer; throws unless that is 200. */
  async post(path: string, upload: Upload | null): Promise<unknown> {
    const answer = await this.#send('POST', path, upload);
    const text = await textOf(answer);
    if (answer.statusCode !== 200) throw new Error(`POST ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as unknown;
  }

  /** Reads a file to its end and answers its bytes. */
  async download(path: string): Promise<number> {
    const answer = await this.#send('GET', path, null);
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${await textOf(answer)}`);
    return await lengthOf(answer);
  }

  /** Reads a small file whole. */
  async read(path: string): Promise<Buffer> {
    const answer = await this.#send('GET', path, null);
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${await textOf(answer)}`);
    return await buffer(answer);
  }

  /** Asks for a task's output until it is there, `pollMs` after each answer, and reads it; answers its bytes. */
  async waitForOutput(uid: string, pollMs: number): Promise<number> {
    const limit = performance.now() + READY_LIMIT_MS;
    for (;;) {
      const answer = await this.#send('GET', `/api/tasks/${uid}`, null);
      if (answer.statusCode === 200) return await lengthOf(answer);
      const text = await textOf(answer);
      if (answer.statusCode !== PENDING) throw new Error(`The task did not succeed: ${answer.statusCode} ${text}`);
      if (performance.now() > limit) throw new Error(`The task took longer than ${READY_LIMIT_MS / 1000} s: ${text}`);
      await pause(pollMs, undefined, { signal: this.#signal });
    }
  }

  /** Waits for a task's end with requests that are held until then, and reads its output; answers its bytes. */
  async awaitOutput(uid: string): Promise<number> {
    const limit = performance.now() + READY_LIMIT_MS;
    for (;;) {
      const { state, reason } = JSON.parse((await this.read(`/api/v1/tasks/${uid}?wait=${WAIT_SECONDS}`)).toString()) as TaskState;
      if (state === 'succeeded') return await this.download(`/api/v1/tasks/${uid}/output`);
      if (state !== 'queued' && state !== 'running') throw new Error(`The task did not succeed: ${state} ${reason}`);
      if (performance.now() > limit) throw new Error(`The task took longer than ${READY_LIMIT_MS / 1000} s: ${reason}`);
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #send(method: string, path: string, upload: Upload | null): Promise<IncomingMessage> {
    const outgoing = request(`${this.#url}${path}`, { method, agent: this.#agent, signal: this.#signal, headers: headersOf(upload) });
    const answer = new Promise<IncomingMessage>((resolve, reject) => outgoing.once('response', resolve).on('error', reject));
    if (upload === null) outgoing.end();
    else if ('zip' in upload) outgoing.end(Buffer.concat([HEAD, upload.zip, TAIL]));
    else await Promise.race([pipeline(multipart(upload.path), outgoing), answer]);
    return await answer;
  }
}

function headersOf(upload: Upload | null): Record<string, string | number> {
  if (upload === null) return {};
  const bytes = 'zip' in upload ? upload.zip.length : upload.bytes;
  return { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': HEAD.length + bytes + TAIL.length };
}

async function* multipart(path: string): AsyncGenerator<Buffer> {
  yield HEAD;
  yield* createReadStream(path, { highWaterMark: READ_BYTES });
  yield TAIL;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return text;
}

function lengthOf(answer: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    answer.once('end', () => resolve(bytes)).once('error', reject);
  });
}
