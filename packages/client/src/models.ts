import type { ModelChange, ModelUsageView, ModelView, NewModel, RegisteredModel } from '@inference/contracts';
import type { Http } from './http.ts';
import type { Input } from './input.ts';
import { multipartBody } from './multipart-body.ts';
import { type Page, pagesOf } from './pages-of.ts';
import type { PageOptions, Signalled } from './tasks.ts';

const PATH = '/api/v1/models';

export type RegisterOptions = Signalled & {
  /** Static files, which the container reads in /model. */
  readonly files?: Input | undefined;
  /** A small input on which the model is tried at once. */
  readonly sample?: Input | undefined;
  /** How long the server waits for the end of that trial, in seconds. */
  readonly waitSeconds?: number | undefined;
  readonly onProgress?: ((contentBytes: number) => void) | undefined;
};

/** What a client does with models. */
export class Models {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  page({ limit, cursor, signal }: PageOptions = {}): Promise<Page<ModelView>> {
    return this.#http.json({ method: 'GET', path: PATH, query: { limit, cursor }, isRepeatable: true, signal });
  }

  list({ signal }: Signalled = {}): AsyncGenerator<ModelView> {
    return pagesOf((cursor) => this.page({ cursor, signal }));
  }

  get(id: string, { signal }: Signalled = {}): Promise<ModelView> {
    return this.#http.json({ method: 'GET', path: `${PATH}/${encodeURIComponent(id)}`, isRepeatable: true, signal });
  }

  /** What its newest attempts used that did well, beside its limits; for operators. */
  usage(id: string, { signal }: Signalled = {}): Promise<ModelUsageView> {
    return this.#http.json({ method: 'GET', path: `${PATH}/${encodeURIComponent(id)}/usage`, isRepeatable: true, signal });
  }

  change(id: string, change: ModelChange, { signal }: Signalled = {}): Promise<ModelView> {
    return this.#http.json({ method: 'PATCH', path: `${PATH}/${encodeURIComponent(id)}`, json: change, isRepeatable: true, signal });
  }

  /** Registers a model. It is not sent twice: a second registration would be refused, though the first one counted. */
  register(model: NewModel, options: RegisterOptions = {}): Promise<RegisteredModel> {
    const { files, sample, waitSeconds, onProgress, signal } = options;
    const prefer: Record<string, string> = waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` };
    const common = { method: 'POST', path: PATH, isRepeatable: false, limitMs: null, signal } as const;
    if (files === undefined && sample === undefined) return this.#http.json({ ...common, json: model, headers: prefer });
    const parts = [
      ...(files === undefined ? [] : [{ part: 'files', input: files }]),
      ...(sample === undefined ? [] : [{ part: 'sample', input: sample }]),
    ];
    const { type, body } = multipartBody(this.#http.newId(), { model }, parts, onProgress);
    return this.#http.json({ ...common, headers: { ...prefer, 'content-type': type }, body });
  }
}
