import type { Problem } from '@inference/contracts';
import { ProblemError } from './errors.ts';
import { readText } from './read-text.ts';

const PROBLEM_BYTES_MAX = 256 * 1024;

/** The error for an answer that is a refusal; also one that a proxy gave, which has no problem document. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await readText(response, PROBLEM_BYTES_MAX).catch(() => '');
  return new ProblemError(parseProblem(text, response), retryAfterMs(response));
}

function parseProblem(
  text: string,
  { status, statusText, headers }: Response,
): Pick<Problem, 'code' | 'status' | 'detail' | 'request_id' | 'errors'> {
  const other = {
    code: '',
    status,
    detail: `The server answered ${status}${statusText === '' ? '' : ` ${statusText}`}, without saying why: is this an InferenceServer?`,
    request_id: headers.get('x-request-id') ?? '',
    errors: [],
  };
  try {
    const { code = '', detail, request_id: requestId, errors } = JSON.parse(text) as Partial<Problem>;
    const words = wordsOf(detail);
    if (typeof code !== 'string' || words === null) return other;
    return { code, status, detail: words, request_id: requestId ?? other.request_id, errors: Array.isArray(errors) ? errors : [] };
  } catch {
    // Not JSON: the page of a proxy.
    return other;
  }
}

function retryAfterMs({ headers }: Response): number | null {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : null;
}

/** The words of a detail: text, or as the Python original has it: nested, or a list of what is wrong with each field. */
function wordsOf(detail: unknown): string | null {
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return detail.map(({ loc, msg }) => `${[loc].flat().at(-1)}: ${msg}`).join('; ');
  const { detail: inner } = (detail ?? {}) as { detail?: unknown };
  return typeof inner === 'string' ? inner : null;
}
