import { describe, expect, it } from 'vitest';
import { plainJson, plainLines, plainText } from './plain-text.ts';

/** What a hostile model might print: clears the screen, sets the title, starts with C1, turns text around, hides a line. */
const HOSTILE = '\u001b[2J\u001b]0;title\u0007\u009b31m\u202etxt.exe\rfine\u0085\u2028\ud800';

describe('text of strangers', () => {
  it('holds nothing that a terminal obeys', () => {
    const plain = plainText(`${HOSTILE}\nnext`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
    expect(plain).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202e\u2028]/);
    expect(plain).toContain('\\u001b[2J');
    expect(plain.isWellFormed()).toBe(true);
  });

  it('keeps its words, tabs and characters of all scripts', () => {
    const text = 'Größe\t素晴らしい 👍 עברית';
    expect(plainText(text)).toBe(text);
    expect(plainLines(`${text}\n${text}`)).toBe(`${text}\n${text}`);
  });

  it('is the same text again once its JSON is read', () => {
    const value = { [HOSTILE]: [HOSTILE, 'fine'] };
    const json = plainJson(value, 2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
    expect(json).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(json)).toEqual(value);
  });
});
