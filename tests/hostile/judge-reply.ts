import { COMMON_REFUSALS, problemSchema, type V1Answer, type V1Route } from '@inference/contracts';
import { ERRORS, type ErrorCode, problemStatus } from '@inference/domain';
import type { RequestPlan } from './request-plan.ts';
import type { Judge } from './send-all.ts';
import type { Reply, SentRequest } from './send-plan.ts';

const PROBLEM_TYPE = 'application/problem+json';
/** What a stack trace looks like, and where the sources and the files of a server lie. */
export const INTERNAL = /\n\s+at .+:\d+:\d+|node_modules|node:internal|\/(?:tmp|home|usr|var|work|root|proc)\/\w|\.ts:\d+/;
/** Refusals that are only given to a request with nothing wrong about it. */
const LATE: readonly string[] = ['task_not_found', 'model_not_found', 'key_not_found', 'not_found'];
/** Refusals of what names nothing that the contract knows. */
const ELSEWHERE: readonly string[] = ['not_found', 'method_not_allowed'];

/** What is wrong with an answer, in a sentence; null where it is as the contract says. */
function faultOf(plan: RequestPlan, { status, headers, body }: Reply): string | null {
  const text = body.toString();
  if (status >= 500) return `answers ${status}: ${text.slice(0, 500)}`;
  const type = headers['content-type'] ?? '';
  const isWords = /json|text/.test(type) && !type.startsWith('application/x-ndjson') && !type.startsWith('text/plain');
  if (isWords && INTERNAL.test(echoless(text, plan))) return `shows what is inside: ${text.slice(0, 500)}`;
  // It has no body.
  if (plan.method === 'HEAD') return null;
  if (status >= 400 && status !== 416) return faultOfProblem(plan, { status, type, text });
  return isHere(plan) ? faultOfAnswer(plan.route, { status, type, text }) : null;
}

/** Whether an answer shows that the request got past authentication and validation. */
function isPast(plan: RequestPlan, { status, body }: Reply): boolean {
  if (status < 400) return true;
  if ([409, 410, 416].includes(status)) return true;
  if (plan.method === 'HEAD') return false;
  return status === 404 && plan.isNamed && isHere(plan) && LATE.includes((JSON.parse(body.toString()) as { code: string }).code);
}

/** Judges answers by what the contract of /api/v1 says. */
export const V1_JUDGE: Judge<RequestPlan> = { faultOf, isPast };

/** The text without what it repeats of the request. */
export function echoless(text: string, { target }: SentRequest): string {
  return text.replaceAll(target.split('?')[0] ?? '', '');
}

/** Whether the address still is one of the route: odd values may make another one of it. */
function isHere({ route, target }: RequestPlan): boolean {
  const pattern = route.path.replace('{path}', '.+').replace(/\{\w+\}/g, '[^/]+');
  const [path = ''] = target.split('?');
  return new RegExp(`^${pattern}$`).test(path) && !path.includes('#');
}

type Said = { readonly status: number; readonly type: string; readonly text: string };

function faultOfProblem(plan: RequestPlan, { status, type, text }: Said): string | null {
  if (!type.startsWith(PROBLEM_TYPE)) return `refuses with ${status} as ${type}: ${text.slice(0, 200)}`;
  const read = problemSchema.safeParse(JSON.parse(text));
  if (!read.success) return `refuses with a problem that is none: ${text.slice(0, 300)}`;
  const { code, status: said, title, detail, request_id: id } = read.data;
  if (!(code in ERRORS)) return `refuses with the unknown code ${code}`;
  if (said !== status || problemStatus(code as ErrorCode) !== status) return `refuses with ${status} what is ${code} (${said})`;
  if ([title, detail, id].includes('')) return `refuses without a word: ${text}`;
  if (!isHere(plan)) return null;
  // The relay does not even pass on a name of another form.
  if (!plan.isNamed && ELSEWHERE.includes(code)) return null;
  const known: readonly string[] = [...plan.route.refusals, ...COMMON_REFUSALS, 'cross_origin'];
  return known.includes(code) ? null : `refuses with ${code}, which the document does not name: ${detail}`;
}

function faultOfAnswer(route: V1Route, { status, type, text }: Said): string | null {
  const known = route.answers[status];
  if (known === undefined) return `answers ${status}, which the document does not name`;
  const all = Array.isArray(known) ? (known as readonly V1Answer[]) : [known as V1Answer];
  const [answer] = all.filter(({ type: named, schema }) => type.startsWith(named ?? (schema === undefined ? '' : 'application/json')));
  if (answer === undefined) return `answers ${status} as ${type}, which the document does not name`;
  const read = answer.schema?.safeParse(JSON.parse(text));
  return read === undefined || read.success ? null : `answers ${status} unlike its schema: ${read.error.message} ${text.slice(0, 500)}`;
}
