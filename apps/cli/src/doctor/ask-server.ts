/** A server that answers later counts as hung, in milliseconds. */
const ANSWER_MS = 10_000;
const ANSWER_CHARS_MAX = 1024 * 1024;

/** What a server answered: the value is null for what is no JSON. Or the system's code for why there was no answer. */
export type ServerAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly value: Record<string, unknown> | null;
      readonly date: string | null;
      readonly tookMs: number;
    }
  | { readonly ok: false; readonly code: string };

/** Asks a server once, without trying again: the doctor wants to see what is wrong. */
export async function askServer(url: string, path: string, token: string | undefined, signal: AbortSignal): Promise<ServerAnswer> {
  const startMs = performance.now();
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const limits = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await fetch(`${url}${path}`, { headers, redirect: 'manual', signal: limits });
    const tookMs = performance.now() - startMs;
    const text = await response.text();
    return { ok: true, status: response.status, value: parsed(text), date: response.headers.get('date'), tookMs };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, code: codeOf(error) };
  }
}

function parsed(text: string): Record<string, unknown> | null {
  if (text.length > ANSWER_CHARS_MAX) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // The page of a proxy, or of a program of another kind.
    return null;
  }
}

function codeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: unknown };
  if (name === 'TimeoutError') return 'ETIMEDOUT';
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = (inner as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'no answer in HTTP';
}
