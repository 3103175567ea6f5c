import type { Failure } from '@inference/domain';

/** What a registry or the engine says when an image cannot be had, however often it is asked. */
const UNAVAILABLE: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /pull access denied|repository does not exist/i, why: 'the registry does not know it, or wants a login' },
  {
    pattern: /unauthorized|authentication required|no basic auth|\b401\b/i,
    why: 'the registry wants a login: give the consumer one in REGISTRY_AUTH_FILE',
  },
  { pattern: /denied|forbidden|\b403\b/i, why: 'the registry does not allow it: check the rights of the login on the machine' },
  { pattern: /manifest unknown|not found|\bname unknown|\b404\b/i, why: 'the registry has no such image or tag: check its name' },
  {
    pattern: /invalid reference|invalid repository|invalid tag|must be lowercase|could not parse/i,
    why: 'this is not the name of an image',
  },
  { pattern: /no matching manifest|does not match the (specified|detected)/i, why: "it is not made for this machine's processor" },
];

/** The registry or the way to it failed: another attempt may succeed. */
const FAULTS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  // Consumers know a full disk by these words.
  { pattern: /no space left on device/i, why: 'the disk of the machine is full (no space left on device)' },
  { pattern: /toomanyrequests|too many requests|\b429\b/i, why: 'the registry is asked too often; a login raises its limit' },
  {
    pattern: /verification failed|unexpected (eof|commit)|digest mismatch|failed size validation/i,
    why: 'what the registry sent is damaged',
  },
  {
    pattern: /connection refused|connection reset|no such host|no route|unreachable|EOF|dial tcp/i,
    why: 'the registry cannot be reached from the machine',
  },
  { pattern: /timeout|timed out|deadline exceeded/i, why: 'the registry did not answer in time' },
];

/**
 * Why an image could not be pulled, in words for users: `image_unavailable` where asking again is of no use, `infrastructure`
 * where it may help, and where nothing is known.
 *
 * @param said what the engine answered
 */
export function pullFailure(image: string, said: string): Failure {
  // Names of images may hold any of these words.
  const words = said.replaceAll(image, '').replaceAll(image.replace(/[:@][^/]*$/, ''), '');
  const name = `The image "${image}" could not be pulled`;
  const fault = FAULTS.find(({ pattern }) => pattern.test(words));
  if (fault !== undefined) return { class: 'infrastructure', reason: `${name}: ${fault.why}.` };
  const reason = UNAVAILABLE.find(({ pattern }) => pattern.test(words));
  if (reason !== undefined) return { class: 'image_unavailable', reason: `${name}: ${reason.why}.` };
  return { class: 'infrastructure', reason: `${name}: ${said.slice(0, SAID_CHARS_MAX)}.` };
}

const SAID_CHARS_MAX = 300;
