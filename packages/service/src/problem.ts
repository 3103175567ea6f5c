import { ADVICE, type AppError, ERRORS, type FieldError, problemStatus } from '@inference/domain';

/** Refusals of /api/v1 are sent as this. */
export const PROBLEM_TYPE = 'application/problem+json';
/** Characters of the address that a problem repeats. */
const INSTANCE_CHARS_MAX = 512;

/** A refusal, as RFC 9457 words it. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
};

/** Words an error as a problem. `url` is the address that was asked for; its query is left out. */
export function problemOf(error: AppError, { requestId, url }: { requestId: string; url: string }): Problem {
  const { code, fields } = error;
  return {
    type: `/docs/errors#${code}`,
    title: ERRORS[code].message,
    status: problemStatus(code),
    detail: detailOf(error),
    instance: (url.split('?')[0] ?? '').slice(0, INSTANCE_CHARS_MAX),
    code,
    request_id: requestId,
    errors: fields.map((field) => ({ pointer: pointerOf(field), message: field.msg })),
  };
}

/** What was wrong, and what to do about it. */
function detailOf({ code, message }: AppError): string {
  const advice = ADVICE[code];
  if (advice === undefined) return message;
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${advice}`;
}

/** A JSON pointer into the request: its query, its headers or its body. */
function pointerOf({ loc: [where, name] }: FieldError): string {
  return name === '' ? `/${where}` : `/${where}/${name}`;
}
