import { V1_FILE_PATH_CHARS_MAX } from '@inference/contracts';

/** The placeholder of a rest path, which is always the end of a route. */
export const REST = '/{path}';

/** Where a rest path begins, in a request as it came. What is before it is held to the stricter rules of all other paths. */
const BEFORE = /^(\/api\/v1\/tasks\/[^/]+\/files)\/(.+)$/;
const CONTROL = /\p{Cc}/u;

/** A path that ends in the path of a file: what is before, and the rest, decoded once, checked and encoded anew. */
export type RestPath = { readonly before: string; readonly encoded: string };

/**
 * Splits a raw path that ends in the path of a file; null for all others, and for a rest that is none: with empty parts, `.` or `..`,
 * a slash or backslash in disguise, or control characters. What is left then matches no route.
 */
export function readRestPath(rawPath: string): RestPath | null {
  const [, before = '', raw = ''] = BEFORE.exec(rawPath) ?? [];
  if (raw === '' || raw.length > V1_FILE_PATH_CHARS_MAX) return null;
  const parts = raw.split('/').map(decodePart);
  if (parts.some((part) => part === null)) return null;
  return { before, encoded: parts.map((part) => encodeURIComponent(part ?? '')).join('/') };
}

function decodePart(raw: string): string | null {
  try {
    const part = decodeURIComponent(raw);
    return part === '' || part === '.' || part === '..' || /[/\\]/.test(part) || CONTROL.test(part) ? null : part;
  } catch {
    return null;
  }
}
