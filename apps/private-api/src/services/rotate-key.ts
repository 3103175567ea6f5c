import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { newKeyText } from '../keys/key-text.ts';
import type { Actor } from '../store/audit-store.ts';
import type { ShownKeyRow } from './create-key.ts';

/**
 * Gives a key a new secret; the one before works for so long beside it, and one that was still good from a rotation before ends at once.
 *
 * @throws AppError `key_not_found`, `key_ended`
 */
export async function rotateKey(deps: Deps, by: Actor, prefix: string, graceSeconds: number): Promise<ShownKeyRow> {
  const { text, sha256 } = newKeyText(deps.newId, prefix);
  const row = await deps.store.transaction(async (tx) => {
    const rotated = await tx.replaceSecret(prefix, { sha256, graceSeconds });
    if (rotated === null) throw new AppError((await tx.hasKey(prefix)) ? 'key_ended' : 'key_not_found');
    await tx.insertAudit(by, { action: 'key.rotated', subject: prefix, detail: { grace_seconds: graceSeconds } });
    return rotated;
  });
  return { row, text };
}
