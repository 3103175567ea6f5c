import type { ErrorCode } from '@inference/domain';
import type { z } from 'zod';
import type { Scope } from './scope.ts';

export type V1Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Headers of a request that mean something to a route. */
export type V1Header = 'Accept' | 'Prefer' | 'Idempotency-Key' | 'If-None-Match' | 'If-Range' | 'Last-Event-ID' | 'Range';

/** One way to send a body. `schema` is left out where it is bytes; JSON has an example, which the page of the document fills in. */
export type V1Body = { readonly type: string; readonly schema?: z.ZodType; readonly text: string; readonly example?: unknown };

/** One answer that is no refusal. */
export type V1Answer = {
  readonly text: string;
  readonly type?: string;
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  readonly headers?: readonly string[];
};

/** A route of /api/v1. `{task}` and the like in the path stand for values: see V1_PARAMETERS. */
export type V1Route = {
  /** Its operationId. */
  readonly id: string;
  readonly method: V1Method;
  readonly path: string;
  readonly tag: 'tasks' | 'models' | 'operations' | 'keys';
  /** What the caller must be allowed to do; `any`: a key will do, whatever its scopes. */
  readonly scope: Scope | 'any';
  /** Whether the relay lets it through. */
  readonly public: boolean;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly headers?: readonly V1Header[];
  readonly bodies?: readonly V1Body[];
  readonly answers: Readonly<Record<number, V1Answer | readonly V1Answer[]>>;
  /** What it may refuse, beside what every route does (COMMON_REFUSALS). */
  readonly refusals: readonly ErrorCode[];
};

/** What every route may answer. */
export const COMMON_REFUSALS: readonly ErrorCode[] = [
  'bad_request',
  'headers_too_large',
  'request_timeout',
  'unauthorized',
  'forbidden',
  'too_many_requests',
  'unavailable',
  'internal',
];
