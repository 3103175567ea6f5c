import { describe, expect, it } from 'vitest';
import { reasonOf } from './reason-of.ts';

describe('the reason of a failure', () => {
  it.each([
    ['what the error says', new Error('no such thing'), 'no such thing'],
    ['the last line of a page', new Error('\nInvalid `task.findMany()` invocation:\n\n\nconnect ECONNREFUSED\n'), 'connect ECONNREFUSED'],
    ['the code of an error without words', Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['the name of an error without either', new RangeError(''), 'RangeError'],
    [
      'its causes, too',
      new Error('It is away.', { cause: new Error('broken', { cause: new Error('reset') }) }),
      'It is away. (broken: reset)',
    ],
    ['no cause twice', new Error('away: reset', { cause: new Error('reset') }), 'away: reset'],
    ['what was thrown that is no error', 'text', 'text'],
  ])('is %s', (_what, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('ends where causes go round in circles', () => {
    const error = new Error('first');
    error.cause = new Error('second', { cause: error });
    expect(reasonOf(error)).toBe('first (second)');
  });
});
