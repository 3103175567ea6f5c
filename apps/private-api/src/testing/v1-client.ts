import type { Task } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { servePrivateApi } from './serve-private-api.ts';

/** What tests set as `adminKey`. */
export const ADMIN_KEY = 'admin-key-of-the-tests-0123456789abc';

/** An answer of /api/v1, read to its end. */
export type V1Reply = { readonly status: number; readonly headers: Headers; readonly bytes: Buffer; json<Body = Task>(): Body };

/** Serves the private API and asks its /api/v1 as an admin. */
export async function v1Client(deps: Deps) {
  const { url } = await servePrivateApi(deps);
  const ask = async (path: string, init: RequestInit = {}): Promise<V1Reply> => {
    const headers = { connection: 'close', authorization: `Bearer ${ADMIN_KEY}`, ...(init.headers as Record<string, string> | undefined) };
    const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, headers: answer.headers, bytes, json: () => JSON.parse(bytes.toString()) };
  };
  const post = (path: string, body?: RequestInit['body'], headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', ...(body === undefined ? {} : { body }), headers });
  const postZip = (zip: Buffer, headers: Record<string, string> = {}, path = '/models/echo/tasks') =>
    post(path, new Uint8Array(zip), { 'content-type': 'application/zip', ...headers });
  return { url, ask, post, postZip };
}
