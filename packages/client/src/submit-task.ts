import type { Labels, Task, TaskOptions, TaskResources } from '@inference/contracts';
import type { Http } from './http.ts';
import type { Input } from './input.ts';
import { multipartBody } from './multipart-body.ts';

/** Checking a large zip takes the server a while after the last byte came; no limit of ours holds it up. */
const LIMIT_MS = null;

export type SubmitOptions = {
  readonly labels?: Labels | undefined;
  /** How long an attempt may run. */
  readonly timeLimitSeconds?: number | undefined;
  /** How long the task may take in all, with all that it waits. */
  readonly deadlineSeconds?: number | undefined;
  /** How it stands among your own tasks. */
  readonly priority?: TaskOptions['priority'];
  /** What it asks for of the machine that runs it; it takes the place of what its model asks for. */
  readonly resources?: TaskResources | undefined;
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
  const { labels = {}, timeLimitSeconds, deadlineSeconds, priority, name, signal } = options;
  const label = Object.entries(labels).map(([key, value]) => `${key}:${value}`);
  const place =
    name === undefined
      ? { method: 'POST' as const, path: `/api/v1/models/${encodeURIComponent(model)}/tasks` }
      : { method: 'PUT' as const, path: `/api/v1/tasks/${encodeURIComponent(name)}` };
  const sent = bodyOf(http, input, options);
  return http.json({
    ...place,
    query: {
      ...{ label, time_limit_seconds: timeLimitSeconds, deadline_seconds: deadlineSeconds, priority },
      ...(name === undefined ? {} : { model }),
    },
    headers: {
      'content-type': sent.type,
      ...(name === undefined ? { 'idempotency-key': options.idempotencyKey ?? http.newId() } : {}),
    },
    body: sent.body,
    isRepeatable: input.isRepeatable,
    limitMs: LIMIT_MS,
    signal,
  });
}

/** The zip alone; with resources, which no query can say, as one of two parts. */
function bodyOf(http: Http, input: Input, { resources, onProgress }: SubmitOptions): ReturnType<typeof multipartBody> {
  if (resources !== undefined) return multipartBody(http.newId(), { options: { resources } }, [{ part: 'input', input }], onProgress);
  const body = () => {
    let read = 0;
    onProgress?.(0);
    return input.open((bytes) => {
      read += bytes;
      onProgress?.(read);
    });
  };
  return { type: 'application/zip', body };
}
