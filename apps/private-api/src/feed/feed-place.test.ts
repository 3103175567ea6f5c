import { describe, expect, it } from 'vitest';
import { FEED_START, formatPlace, parsePlace } from './feed-place.ts';

describe('the place of a client in a feed', () => {
  it('comes back from what the client was given', () => {
    for (const isDone of [true, false]) {
      const place = { eventId: 12n, pieceId: 9_007_199_254_740_993n, isDone };
      expect(parsePlace(formatPlace(place))).toEqual(place);
    }
  });

  it.each(['', 'x', '1', '1-', '-1-2', '1-2-3', '1-2-done-', `${'9'.repeat(19)}-1`, '1-2\n'])('is the start for %j', (text) => {
    expect(parsePlace(text)).toEqual(FEED_START);
  });
});
