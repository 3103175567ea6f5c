import type { CancelAnswer, Explanation, Labels, OutputFiles, Task, TaskItem } from '@inference/contracts';
import { type Download, downloadTo } from './download-to.ts';
import { followTask, type TaskEvent } from './follow-task.ts';
import type { Http } from './http.ts';
import type { Input } from './input.ts';
import { type Page, pagesOf } from './pages-of.ts';
import { readZip } from './read-zip.ts';
import { type SubmitOptions, submitTask } from './submit-task.ts';
import { type WaitOptions, waitForTask } from './wait-for-task.ts';

export type Signalled = { readonly signal?: AbortSignal | undefined };
/** Which tasks to list. */
export type TaskFilter = Signalled & {
  readonly state?: Task['state'] | undefined;
  readonly model?: string | undefined;
  readonly labels?: Labels | undefined;
};
export type PageOptions = Signalled & { readonly limit?: number | undefined; readonly cursor?: string | undefined };
export type LogOptions = Signalled & {
  readonly stream?: 'stdout' | 'stderr' | undefined;
  readonly tail?: number | undefined;
  readonly attempt?: number | undefined;
};

/** What a client does with tasks. */
export class Tasks {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Sends an input for a model, once: repeated after a failure, it is still one task. */
  submit(model: string, input: Input, options: SubmitOptions = {}): Promise<Task> {
    return submitTask(this.#http, model, input, options);
  }

  page(options: TaskFilter & PageOptions = {}): Promise<Page<TaskItem>> {
    const { state, model, labels = {}, limit, cursor, signal } = options;
    const label = Object.entries(labels).map(([name, value]) => `${name}:${value}`);
    const query = { state, model, label, limit, cursor };
    return this.#http.json({ method: 'GET', path: '/api/v1/tasks', query, isRepeatable: true, signal });
  }

  /** All of them, newest first. */
  list(options: TaskFilter & { readonly pageSize?: number | undefined } = {}): AsyncGenerator<TaskItem> {
    return pagesOf((cursor) => this.page({ ...options, limit: options.pageSize, cursor }));
  }

  get(id: string, { signal }: Signalled = {}): Promise<Task> {
    return this.#http.json({ method: 'GET', path: pathOf(id), isRepeatable: true, signal });
  }

  /** Why it waits, when it is expected to start, and what would start it sooner. */
  explain(id: string, { signal }: Signalled = {}): Promise<Explanation> {
    return this.#http.json({ method: 'GET', path: `${pathOf(id)}/explain`, isRepeatable: true, signal });
  }

  /** Waits until it has ended. Throws WaitTimeout. */
  wait(id: string, options: WaitOptions = {}): Promise<Task> {
    return waitForTask(this.#http, id, options);
  }

  /** What happens to it, until it is over; goes on by itself where the connection broke. */
  events(id: string, options: Signalled & { readonly lastEventId?: string | undefined } = {}): AsyncGenerator<TaskEvent> {
    return followTask(this.#http, id, options);
  }

  /** What the model printed so far, as it comes. */
  async *logs(id: string, { signal, ...query }: LogOptions = {}): AsyncGenerator<Uint8Array> {
    const headers = { accept: 'text/plain' };
    const response = await this.#http.ask({
      method: 'GET',
      path: `${pathOf(id)}/logs`,
      query,
      headers,
      isRepeatable: true,
      limitMs: null,
      signal,
    });
    if (response.body !== null) yield* response.body;
  }

  files(id: string, { signal }: Signalled = {}): Promise<OutputFiles> {
    return this.#http.json({ method: 'GET', path: `${pathOf(id)}/files`, isRepeatable: true, signal });
  }

  /** One file of the output. */
  async *file(id: string, file: string, { signal }: Signalled = {}): AsyncGenerator<Uint8Array> {
    const path = `${pathOf(id)}/files/${file.split('/').map(encodeURIComponent).join('/')}`;
    const response = await this.#http.ask({ method: 'GET', path, headers: { accept: '*/*' }, isRepeatable: true, limitMs: null, signal });
    if (response.body !== null) yield* response.body;
  }

  /** The zip of its output, as bytes; goes on by itself where the connection broke, and throws at the end if they are not the right ones. */
  output(id: string, { signal }: Signalled = {}): AsyncGenerator<Uint8Array> {
    return readZip(this.#http, `${pathOf(id)}/output`, { signal });
  }

  input(id: string, { signal }: Signalled = {}): AsyncGenerator<Uint8Array> {
    return readZip(this.#http, `${pathOf(id)}/input`, { signal });
  }

  /** Downloads the zip of its output to a file, from where an earlier download of it stopped. */
  async downloadOutput(id: string, file: string, options: Omit<Download, 'file' | 'bytes' | 'sha256'> = {}): Promise<Task> {
    const task = await this.get(id, options);
    const known = task.output === null ? {} : { bytes: task.output.bytes, sha256: task.output.sha256 };
    await downloadTo(this.#http, `${pathOf(id)}/output`, { ...options, ...known, file });
    return task;
  }

  cancel(id: string, { signal }: Signalled = {}): Promise<CancelAnswer> {
    return this.#http.json({ method: 'POST', path: `${pathOf(id)}/cancel`, isRepeatable: true, signal });
  }

  /** A new task with the same input. */
  retry(id: string, options: Signalled & { readonly idempotencyKey?: string | undefined } = {}): Promise<Task> {
    const headers = { 'idempotency-key': options.idempotencyKey ?? this.#http.newId() };
    return this.#http.json({ method: 'POST', path: `${pathOf(id)}/retry`, headers, isRepeatable: true, signal: options.signal });
  }

  /** Puts a failed or cancelled task back into the queue. */
  requeue(id: string, { signal }: Signalled = {}): Promise<Task> {
    return this.#http.json({ method: 'POST', path: `${pathOf(id)}/requeue`, isRepeatable: true, signal });
  }

  async delete(id: string, { signal }: Signalled = {}): Promise<void> {
    await this.#http.ask({ method: 'DELETE', path: pathOf(id), isRepeatable: false, signal });
  }
}

function pathOf(id: string): string {
  return `/api/v1/tasks/${encodeURIComponent(id)}`;
}
