import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Task } from '@inference/contracts';
import { until, zipOf } from '@inference/testing';
import { must } from '../must.ts';
import { ECHO, PAYLOAD, START } from './echo-model.ts';

/** No answer may take longer, in milliseconds: what hangs counts as broken. */
const ANSWER_MS = 60_000;
/** How long the result of a task may take once nothing stands in its way, in milliseconds. */
const RESULT_MS = 120_000;
const PAYLOAD_BYTES = 4_096;

/** What a task is sent with. */
export type Order = {
  readonly model?: string;
  /** How long the model waits. */
  readonly seconds?: number;
  /** What it writes beside its payload, in bytes. */
  readonly noise?: number;
  readonly payload?: Buffer;
  readonly files?: Readonly<Record<string, string>>;
  /** What else it asks for, as parameters of its address: `gpus`, say. */
  readonly wishes?: Readonly<Record<string, string>>;
};

/** A task as it was sent: under this name it may be sent again. */
export type Sending = { readonly name: string; readonly zip: Buffer; readonly sha256: string; readonly query: string };
/** A task that was accepted. */
export type Sent = Sending & { readonly id: string };
/** The answer to an upload; null: the connection broke. */
export type Reply = { readonly status: number; readonly retryAfter: string | null; readonly sent: Sent | null; readonly text: string };

/** A user: sends tasks, and takes no result for right whose bytes are not those that it must have. */
export class Client {
  readonly url: string;
  readonly #key: string;
  /** Every task that was accepted, until somebody says that it need not succeed. */
  readonly accepted = new Map<string, Sent>();

  constructor(url: string, key: string) {
    this.url = url;
    this.#key = key;
  }

  async prepare({
    model = ECHO,
    seconds,
    noise,
    payload = randomBytes(PAYLOAD_BYTES),
    files: more = {},
    wishes,
  }: Order = {}): Promise<Sending> {
    const files = {
      ...more,
      [PAYLOAD]: payload,
      ...(seconds === undefined ? {} : { seconds: String(seconds) }),
      ...(noise === undefined ? {} : { noise: String(noise) }),
    };
    return {
      name: `fault-${randomUUID()}`,
      zip: await zipOf(files),
      sha256: sha256(payload),
      query: `${new URLSearchParams({ model, ...wishes })}`,
    };
  }

  /** Sends a task under its name: a second time it is the same task. Null: there was no answer. */
  async put(sending: Sending): Promise<Reply | null> {
    const init = { method: 'PUT', body: new Uint8Array(sending.zip), headers: { 'content-type': 'application/zip' } };
    const answer = await this.ask(`/api/v1/tasks/${sending.name}?${sending.query}`, init).catch(() => null);
    const text = await answer?.text().catch(() => null);
    if (answer === null || text === null || text === undefined) return null;
    const id = answer.status === 202 || answer.status === 200 ? (JSON.parse(text) as Task).id : null;
    const sent = id === null ? null : { ...sending, id };
    if (sent !== null) this.accepted.set(sent.id, sent);
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), sent, text };
  }

  /** Sends a new task, which must be accepted at once. */
  async send(order: Order = {}): Promise<Sent> {
    const reply = await this.put(await this.prepare(order));
    must(reply?.sent != null, `a task is accepted (${reply === null ? 'no answer' : `${reply.status} ${reply.text}`})`);
    return reply.sent;
  }

  /** Sends a task as often as it takes, under one name. */
  async insist(sending: Sending, limitMs = RESULT_MS): Promise<Sent> {
    return await until('a task to be accepted', async () => (await this.put(sending))?.sent, limitMs);
  }

  async task({ id }: Pick<Sent, 'id'>): Promise<Task> {
    const answer = await this.ask(`/api/v1/tasks/${id}`);
    must(answer.status === 200, `a task that was accepted is known (${answer.status} ${await answer.clone().text()})`);
    return (await answer.json()) as Task;
  }

  /** Waits until a task has ended, through whatever outages. */
  async ended(sent: Pick<Sent, 'id'>, limitMs = RESULT_MS): Promise<Task> {
    const isOver = ({ state }: Task) => state === 'succeeded' || state === 'failed' || state === 'cancelled';
    return await until(
      'a task to end',
      async () => {
        const task = await this.task(sent).catch(() => null);
        return task !== null && isOver(task) && task;
      },
      limitMs,
    );
  }

  /** Waits for the right result of a task; fails at any other. */
  async result(sent: Sent, limitMs = RESULT_MS): Promise<Task> {
    const task = await this.ended(sent, limitMs);
    must(task.state === 'succeeded', `the task succeeds (${task.state}: ${task.reason})`);
    await until('its right bytes', async () => await this.#isRight(sent, task).catch(outage), limitMs);
    return task;
  }

  /** Sends new tasks until one ends right; answers how long that took, in milliseconds. */
  async nextResult(sinceMs: number, order: Order = {}): Promise<number> {
    await this.result(await this.insist(await this.prepare(order)));
    return performance.now() - sinceMs;
  }

  /** The start of the model that a running task has told of in its log, once it has. */
  async startOf(sent: Sent): Promise<string> {
    return await until(
      'the start of its model',
      async () => {
        const answer = await this.ask(`/api/v1/tasks/${sent.id}/logs`);
        return /^start (\S+)/m.exec(answer.status === 200 ? await answer.text() : '')?.[1];
      },
      RESULT_MS,
    );
  }

  /** The start of the model whose result a task has. */
  async startInOutput({ id }: Sent): Promise<string> {
    return (await (await this.ask(`/api/v1/tasks/${id}/files/${START}`)).text()).trim();
  }

  /** Makes an image known as a model. */
  async register(id: string, image: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.ask('/api/v1/models', { method: 'POST', headers, body: JSON.stringify({ id, image, ...more }) });
    must(answer.ok, `the model is registered (${answer.status} ${await answer.text()})`);
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#key}` };
    return await fetch(`${this.url}${path}`, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS) });
  }

  /** Whether what is downloaded is what the input demands. @throws TypeError where the connection broke */
  async #isRight({ id, sha256: wanted }: Sent, { output }: Task): Promise<boolean> {
    const [file, zip] = await Promise.all(
      [`files/${PAYLOAD}`, 'output'].map(async (path) => {
        const answer = await this.ask(`/api/v1/tasks/${id}/${path}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        return answer.status === 200 ? sha256(bytes) : null;
      }),
    );
    if (file === null || zip === null) return false;
    must(file === wanted, 'the output has the bytes that its input demands');
    must(zip === output?.sha256, 'the output has the SHA-256 that the server says');
    return true;
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An answer that did not come is asked for again; anything else is passed on. */
function outage(error: unknown): false {
  if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false;
  throw error;
}
