import type { AuditEntry, ConsumerView, GpuView, Me, QueueView, Task } from '@inference/contracts';
import type { ClientOptions } from './client-options.ts';
import { TaskError } from './errors.ts';
import { type Ask, Http } from './http.ts';
import type { Input } from './input.ts';
import { Keys } from './keys.ts';
import { Models } from './models.ts';
import { openInput } from './open-input.ts';
import { type Page, pagesOf } from './pages-of.ts';
import type { SubmitOptions } from './submit-task.ts';
import { type PageOptions, type Signalled, Tasks } from './tasks.ts';
import type { WaitOptions } from './wait-for-task.ts';

/** A task that succeeded, and how to get its output. */
export type Result = {
  readonly task: Task;
  /** The zip of the output, as bytes. */
  output(): AsyncGenerator<Uint8Array>;
  /** Downloads it to a file. */
  save(file: string): Promise<void>;
};

/** A client of one server: everything that /api/v1 can do. */
export class Client {
  readonly tasks: Tasks;
  readonly models: Models;
  readonly keys: Keys;
  readonly #http: Http;

  constructor(options: ClientOptions) {
    this.#http = new Http(options);
    this.tasks = new Tasks(this.#http);
    this.models = new Models(this.#http);
    this.keys = new Keys(this.#http);
  }

  /** Runs a model on a file, a folder or a zip, and waits for its result. Throws TaskError when the task does not succeed. */
  async run(model: string, input: string | Input, options: SubmitOptions & WaitOptions = {}): Promise<Result> {
    const opened = typeof input === 'string' ? await openInput(input) : input;
    const { id } = await this.tasks.submit(model, opened, options);
    const task = await this.tasks.wait(id, options);
    if (task.state !== 'succeeded') throw new TaskError(task);
    const { signal } = options;
    const save = async (file: string) => void (await this.tasks.downloadOutput(id, file, { signal }));
    return { task, output: () => this.tasks.output(id, { signal }), save };
  }

  /** Who is asking. */
  me({ signal }: Signalled = {}): Promise<Me> {
    return this.#http.json({ method: 'GET', path: '/api/v1/me', isRepeatable: true, signal });
  }

  async consumers({ signal }: Signalled = {}): Promise<readonly ConsumerView[]> {
    const ask = { method: 'GET', path: '/api/v1/consumers', isRepeatable: true, signal } as const;
    return (await this.#http.json<{ items: ConsumerView[] }>(ask)).items;
  }

  /** For operators: frees the name of a consumer that is stopped for another key. */
  async forgetConsumer(consumer: string, { signal }: Signalled = {}): Promise<void> {
    await this.#http.ask({ method: 'DELETE', path: `/api/v1/consumers/${encodeURIComponent(consumer)}`, isRepeatable: true, signal });
  }

  /** For operators: the GPUs of all consumers that are known, and the tasks that hold them. */
  async gpus({ signal }: Signalled = {}): Promise<readonly GpuView[]> {
    return (await this.#http.json<{ items: GpuView[] }>({ method: 'GET', path: '/api/v1/gpus', isRepeatable: true, signal })).items;
  }

  queue({ signal }: Signalled = {}): Promise<QueueView> {
    return this.#http.json({ method: 'GET', path: '/api/v1/queue', isRepeatable: true, signal });
  }

  auditPage({ limit, cursor, signal }: PageOptions = {}): Promise<Page<AuditEntry>> {
    return this.#http.json({ method: 'GET', path: '/api/v1/audit', query: { limit, cursor }, isRepeatable: true, signal });
  }

  /** Who did what, newest first. */
  audit({ signal }: Signalled = {}): AsyncGenerator<AuditEntry> {
    return pagesOf((cursor) => this.auditPage({ cursor, signal }));
  }

  /** Any request, with this client's key and limits. */
  ask(ask: Ask): Promise<Response> {
    return this.#http.ask(ask);
  }
}
