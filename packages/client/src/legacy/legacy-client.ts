import { rename } from 'node:fs/promises';
import type { ClientOptions } from '../client-options.ts';
import { ProblemError } from '../errors.ts';
import { Http } from '../http.ts';
import type { Input } from '../input.ts';
import { multipartBody } from '../multipart-body.ts';
import type { Signalled } from '../tasks.ts';
import { poll } from './poll.ts';
import { saveBody } from './save-body.ts';

/** A model, as the original tells of it. */
export type LegacyModel = {
  readonly uid: string;
  readonly human_readable_id: string;
  readonly description: string | null;
  readonly container_tag: string;
  readonly use_gpu: boolean | null;
  readonly model_available: boolean | null;
};
export type NewLegacyModel = Pick<LegacyModel, 'human_readable_id' | 'container_tag' | 'use_gpu'> & {
  readonly description?: string | undefined;
};

/** How a task stands: all that the original tells. */
export type LegacyState = 'pending' | 'succeeded' | 'failed' | 'gone' | 'unknown';
export type LegacyEnd = { readonly state: Exclude<LegacyState, 'pending'>; readonly reason: string };

const STATES: Readonly<Record<number, LegacyState>> = { 551: 'pending', 552: 'failed', 553: 'gone', 554: 'unknown' };

type UploadOptions = Signalled & { readonly onProgress?: ((contentBytes: number) => void) | undefined };

/** A client of the Python original, and of the same routes of this server. Nothing is sent twice: the original knows no keys for that. */
export class LegacyClient {
  readonly #http: Http;

  constructor(options: ClientOptions) {
    this.#http = new Http(options);
  }

  /** What the server says of itself: "Hello world - ...". */
  async hello({ signal }: Signalled = {}): Promise<string> {
    const { message } = await this.#http.json<{ message: string }>({ method: 'GET', path: '/', isRepeatable: true, signal });
    return message;
  }

  models({ signal }: Signalled = {}): Promise<readonly LegacyModel[]> {
    return this.#http.json({ method: 'GET', path: '/api/models/', isRepeatable: true, signal });
  }

  /** Registers a model, with static files where it has some. */
  registerModel(model: NewLegacyModel, files: Input | undefined, { signal, onProgress }: UploadOptions = {}): Promise<LegacyModel> {
    const query = { ...model, use_gpu: String(model.use_gpu), model_available: String(files !== undefined) };
    const ask = { method: 'POST', path: '/api/models/', query, isRepeatable: false, limitMs: null, signal } as const;
    if (files === undefined) return this.#http.json(ask);
    const { type, body } = multipartBody(this.#http.newId(), {}, [{ part: 'zip_file', input: files }], onProgress);
    return this.#http.json({ ...ask, headers: { 'content-type': type }, body });
  }

  /** Sends an input; answers the uid of the task. */
  submit(model: string, input: Input, { signal, onProgress }: UploadOptions = {}): Promise<string> {
    const { type, body } = multipartBody(this.#http.newId(), {}, [{ part: 'zip_file', input }], onProgress);
    const query = { model_human_readable_id: model };
    const headers = { 'content-type': type };
    return this.#http.json({ method: 'POST', path: '/api/tasks/', query, headers, body, isRepeatable: false, limitMs: null, signal });
  }

  /**
   * Waits for the end of a task, and writes its output to a file: both are the same request. Where the connection breaks it begins anew,
   * for the original gives no parts of a file.
   */
  async save(uid: string, file: string, options: UploadOptions = {}): Promise<LegacyEnd> {
    const { signal, onProgress } = options;
    const part = `${file}.part`;
    for (let failures = 1; ; failures++) {
      const found = await poll(() => this.#look(uid, signal), signal);
      if ('state' in found) return found;
      const fault = await saveBody(found.body, part, onProgress);
      if (fault !== null) {
        await this.#http.beforeNextTry(failures, fault.broken, signal);
        continue;
      }
      await rename(part, file);
      return { state: 'succeeded', reason: 'The task succeeded.' };
    }
  }

  async delete(uid: string, { signal }: Signalled = {}): Promise<void> {
    await this.#http.ask({ method: 'DELETE', path: pathOf(uid), isRepeatable: false, signal });
  }

  /** The output, how the task ended otherwise, or null while it has not ended. */
  async #look(uid: string, signal: AbortSignal | undefined): Promise<LegacyEnd | { body: ReadableStream<Uint8Array> } | null> {
    try {
      const { body } = await this.#http.ask({ method: 'GET', path: pathOf(uid), isRepeatable: true, limitMs: null, signal });
      return { body: body ?? new ReadableStream() };
    } catch (error) {
      const state = error instanceof ProblemError ? STATES[error.status] : undefined;
      if (state === undefined || state === 'succeeded') throw error;
      return state === 'pending' ? null : { state, reason: (error as ProblemError).message };
    }
  }
}

function pathOf(uid: string): string {
  return `/api/tasks/${encodeURIComponent(uid)}`;
}
