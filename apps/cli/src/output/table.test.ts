import { describe, expect, it } from 'vitest';
import { tableLines } from './table.ts';

describe('a table', () => {
  it('has its columns below their titles, numbers to the right, and no strange line in it', () => {
    const items = [
      { id: 'a', age: '5s' },
      { id: 'long\nname', age: '120s' },
    ];
    const lines = tableLines(items, [
      { title: 'id', text: ({ id }) => id },
      { title: 'age', text: ({ age }) => age, isNumber: true },
      { title: 'end', text: () => 'x' },
    ]);
    expect(lines).toEqual(['ID               AGE  END', 'a                 5s  x', 'long\\u000aname  120s  x']);
  });

  it('is as wide as its words, not as their colours', () => {
    const [, coloured] = tableLines(
      [{}],
      [
        { title: 's', text: () => 'ok', style: (text) => `\u001b[32m${text}\u001b[39m` },
        { title: 'e', text: () => 'x' },
      ],
    );
    expect(coloured).toBe('\u001b[32mok\u001b[39m  x');
  });
});
