import { type NewKey, newKeySchema, SCOPES, type Scope } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { createKey } from '../services/create-key.ts';
import { TESTER } from './test-deps.ts';

/** Makes a key and answers its text. */
export async function givenKey(
  deps: Deps,
  owner: string,
  scopes: readonly Scope[] = SCOPES,
  more: Partial<Pick<NewKey, 'limits' | 'expires_at'>> = {},
): Promise<string> {
  const { text } = await createKey(deps, TESTER, newKeySchema.parse({ owner, name: 'of a test', scopes: [...scopes], ...more }));
  return text;
}
