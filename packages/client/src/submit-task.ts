import type { Labels, Task } from '@inference/contracts';
import type { Http } from './http.ts';
import type { Input } from './input.ts';

/** Checking a large zip takes the server a while after the last byte came; no limit of ours holds it up. */
const LIMIT_MS = null;

export type SubmitOptions = {
  readonly labels?: Labels | undefined;
  readonly timeLimitSeconds?: number | undefined;
  /** A name of your own: whatever is sent again under it is the same task. One is made up where none is given. */
  readonly idempotencyKey?: string | undefined;
  /** PUT: the name is part of the address. */
  readonly name?: string | undefined;
  /** Hears how much of the input's content has been read; begins anew with each try. */
  readonly onProgress?: ((contentBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Sends an input. The key is made once, so a broken upload is repeated without making a second task. */
export function submitTask(http: Http, model: string, input: Input, options: SubmitOptions): Promise<Task> {
  const { labels = {}, timeLimitSeconds, name, onProgress, signal } = options;
  const label = Object.entries(labels).map(([key, value]) => `${key}:${value}`);
  const place =
    name === undefined
      ? { method: 'POST' as const, path: `/api/v1/models/${encodeURIComponent(model)}/tasks` }
      : { method: 'PUT' as const, path: `/api/v1/tasks/${encodeURIComponent(name)}` };
  const body = () => {
    let read = 0;
    onProgress?.(0);
    return input.open((bytes) => {
      read += bytes;
      onProgress?.(read);
    });
  };
  return http.json({
    ...place,
    query: { label, time_limit_seconds: timeLimitSeconds, ...(name === undefined ? {} : { model }) },
    headers: {
      'content-type': 'application/zip',
      ...(name === undefined ? { 'idempotency-key': options.idempotencyKey ?? http.newId() } : {}),
    },
    body,
    isRepeatable: input.isRepeatable,
    limitMs: LIMIT_MS,
    signal,
  });
}
