import { V1_QUERY_CHARS_MAX, V1_ROUTES, type V1QueryKey } from '@inference/contracts';

/** The query keys that are passed on, and how many characters their values may have. Every other key is dropped. */
export const QUERY_VALUE_CHARS_MAX = {
  ...V1_QUERY_CHARS_MAX,
  model_human_readable_id: 256,
  human_readable_id: 256,
  container_tag: 1024,
  description: 4096,
  model_available: 16,
  use_gpu: 16,
  status: 32,
  loosened: 256,
  memory_mib: 16,
  shm_mib: 16,
  pids_max: 16,
  time_limit_seconds: 16,
  hang_seconds: 16,
  retries: 16,
  verbose: 16,
} as const;
export type QueryKey = keyof typeof QUERY_VALUE_CHARS_MAX;

/** Who answers: the private API behind the relay, or a page of the relay itself. */
export type ServedBy = 'upstream' | 'welcome' | 'docs' | 'docs-asset' | 'errors' | 'openapi' | 'openapi-v1' | 'livez' | 'readyz';

/**
 * One route that the internet may use. In `path`, `{uid}` stands for a uid, `{asset}` for a file of the docs page, and the names of
 * V1_PARAMETERS for what they stand for under /api/v1.
 */
export type PublicRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** What the private API calls it, where that differs from `path`. */
  readonly upstreamPath?: string;
  readonly servedBy: ServedBy;
  readonly query: readonly QueryKey[];
};

const MODEL_QUERY = [
  'human_readable_id',
  'container_tag',
  'description',
  'model_available',
  'use_gpu',
  'loosened',
  'memory_mib',
  'shm_mib',
  'pids_max',
  'time_limit_seconds',
  'hang_seconds',
  'retries',
] as const;

/**
 * Everything the internet may use. What is not in this table does not exist for it. HEAD is allowed where GET is.
 * A change here needs the same change in public-routes.txt, so that no route becomes public by accident.
 */
export const PUBLIC_ROUTES: readonly PublicRoute[] = [
  { method: 'GET', path: '/', servedBy: 'welcome', query: [] },
  { method: 'GET', path: '/docs', servedBy: 'docs', query: [] },
  { method: 'GET', path: '/docs/errors', servedBy: 'errors', query: [] },
  { method: 'GET', path: '/docs/{asset}', servedBy: 'docs-asset', query: [] },
  { method: 'GET', path: '/livez', servedBy: 'livez', query: [] },
  { method: 'GET', path: '/openapi.json', servedBy: 'openapi', query: [] },
  { method: 'GET', path: '/openapi/v1.json', servedBy: 'openapi-v1', query: [] },
  { method: 'GET', path: '/readyz', servedBy: 'readyz', query: ['verbose'] },
  { method: 'POST', path: '/api/tasks/', servedBy: 'upstream', query: ['model_human_readable_id', ...MODEL_QUERY, 'status'] },
  { method: 'GET', path: '/api/tasks/{uid}', upstreamPath: '/api/tasks/outputs/{uid}', servedBy: 'upstream', query: ['status'] },
  { method: 'DELETE', path: '/api/tasks/{uid}', servedBy: 'upstream', query: ['status'] },
  { method: 'GET', path: '/api/models/', servedBy: 'upstream', query: [] },
  { method: 'POST', path: '/api/models/', servedBy: 'upstream', query: MODEL_QUERY },
  ...V1_ROUTES.filter((route) => route.public).map(({ method, path, query }): PublicRoute => {
    return { method, path, servedBy: 'upstream', query: Object.keys(query?.shape ?? {}) as V1QueryKey[] };
  }),
];
