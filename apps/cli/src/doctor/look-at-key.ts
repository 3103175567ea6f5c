import type { Connection } from '../connection/connection.ts';
import { shownAge } from '../output/units.ts';
import { askServer } from './ask-server.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';

/** A key that ends sooner than this is worth a word, in milliseconds: two weeks. */
const END_NEAR_MS = 14 * 86_400_000;
const SAVE = 'infer profile add NAME --url ADDRESS --token-stdin < KEY_FILE';
const ASK_ADMIN = `Ask the admin for a key (infer keys create --owner YOU --name NAME), then: ${SAVE}`;

/** Looks who we are for the server, what we may do, and until when. */
export async function lookAtKey({ url, token, source, tokenEndsAt }: Connection, nowMs: number, signal: AbortSignal): Promise<Finding> {
  const answer = await askServer(url, '/api/v1/me', token, signal);
  if (!answer.ok) return doubtful('key', `The server did not say whether it knows the key (${answer.code}).`, 'infer doctor');
  if (answer.status === 401) return refused(token, source, tokenEndsAt, nowMs);
  const { owner, key, scopes, expires_at: end } = answer.value ?? {};
  if (answer.status !== 200 || typeof owner !== 'string' || !Array.isArray(scopes))
    return broken(
      'key',
      `The server answers ${answer.status} when asked who we are.`,
      'Correct the address: it must be that of an InferenceServer with /api/v1',
    );
  const who = key === null || key === undefined ? `You are ${owner}` : `You are ${owner}, by the key ${String(key)}`;
  const text = `${who}: ${scopes.join(', ') || 'nothing is allowed'}.`;
  if (typeof end === 'string' && Date.parse(end) - nowMs < END_NEAR_MS)
    return doubtful(
      'key',
      `${text} It ends on ${end.slice(0, 10)}.`,
      `Let the admin make its end later (infer keys change ${String(key)} --expires DATE), or make another one`,
    );
  if (!scopes.includes('submit') && !scopes.includes('read'))
    return doubtful('key', `${text} It can neither send tasks nor look at them.`, ASK_ADMIN);
  return fine('key', text);
}

function refused(token: string | undefined, source: string, endsAt: string | undefined, nowMs: number): Finding {
  if (token === undefined) return broken('key', 'The server wants a key, and none is set.', ASK_ADMIN);
  if (endsAt !== undefined && Date.parse(endsAt) <= nowMs)
    return broken('key', `The key (${source}) expired ${shownAge(endsAt, nowMs)} ago.`, ASK_ADMIN);
  return broken('key', `The server does not accept the key (${source}): it is wrong, revoked or expired.`, ASK_ADMIN);
}
