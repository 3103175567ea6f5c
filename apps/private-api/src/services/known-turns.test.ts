import { describe, expect, it } from 'vitest';
import type { WaitingRow } from '../store/queue-store.ts';
import { knownTurns } from './known-turns.ts';

const row = (uid: string, owner: string) => ({ uid, owner }) as WaitingRow;
const requests = (...ids: string[]) => ids.map((id) => ({ id }));

describe('known turns', () => {
  it('end with the last listed task of an owner who may have more', () => {
    const queue = { ofOwnerMax: 2, waiting: [row('a1', 'a'), row('a2', 'a'), row('b1', 'b'), row('b2', 'b')] };
    expect(knownTurns(queue, requests('a1', 'b1', 'a2', 'b2'))).toEqual({ requests: requests('a1', 'b1', 'a2'), isWhole: false });
  });

  it('are all, where each owner has fewer than were looked at', () => {
    const queue = { ofOwnerMax: 3, waiting: [row('a1', 'a'), row('a2', 'a'), row('b1', 'b')] };
    expect(knownTurns(queue, requests('a1', 'a2', 'b1'))).toEqual({ requests: requests('a1', 'a2', 'b1'), isWhole: true });
    expect(knownTurns({ ofOwnerMax: 3, waiting: [] }, [])).toEqual({ requests: [], isWhole: true });
  });

  it('are not all where the very last is of an owner who may have more', () => {
    const queue = { ofOwnerMax: 1, waiting: [row('a1', 'a')] };
    expect(knownTurns(queue, requests('a1'))).toEqual({ requests: requests('a1'), isWhole: false });
  });
});
