import type { QueueRows } from '../store/queue-store.ts';

/**
 * Of requests in the order of their turns those of which it is known that none is missing between them: up to the last one of an owner of whom
 * more may wait than were looked at. `isWhole`: none is missing at all.
 */
export function knownTurns<Request extends { readonly id: string }>(
  { waiting, ofOwnerMax }: Pick<QueueRows, 'waiting' | 'ofOwnerMax'>,
  requests: readonly Request[],
): { requests: readonly Request[]; isWhole: boolean } {
  const ownerOf = new Map(waiting.map(({ uid, owner }) => [uid, owner]));
  const left = new Map<string, number>();
  for (const { owner } of waiting) left.set(owner, (left.get(owner) ?? 0) + 1);
  const cut = new Set([...left].filter(([, count]) => count >= ofOwnerMax).map(([owner]) => owner));
  for (const [at, { id }] of requests.entries()) {
    const owner = ownerOf.get(id) ?? '';
    const count = (left.get(owner) ?? 0) - 1;
    left.set(owner, count);
    if (count === 0 && cut.has(owner)) return { requests: requests.slice(0, at + 1), isWhole: false };
  }
  return { requests, isWhole: true };
}
