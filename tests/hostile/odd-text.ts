import fc from 'fast-check';

const LONG_CHARS = 5_000;

/** Text that has broken servers: NUL, halves of surrogate pairs, words that mean something to some layer, and much of anything. */
const KNOWN_ODD: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\u{1f600}\u{10ffff}',
  '\ufeff\u202e\u200b',
  'é\u0301\u0323',
  '\r\nx-injected: 1',
  '../../../etc/passwd',
  '..\\..\\windows',
  "'; DROP TABLE tasks; --",
  '%00%2e%2e%2f',
  '$' + '{7*7}{{7*7}}',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-1',
  '1e999',
  '9223372036854775808',
  '0x10',
  '٣',
  'x'.repeat(LONG_CHARS),
  '\u{1f600}'.repeat(LONG_CHARS / 10),
];

/** Any text at all, odd more often than not. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...KNOWN_ODD),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

/** Any text that an HTTP client can send in a header. */
export const oddHeaderText: fc.Arbitrary<string> = oddText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/gu, '\xfe'));

/** What may stand between two slashes of an address, as it goes over the wire: encoded, encoded wrongly, or not at all. */
export const oddSegment: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '.', '..', '%2e%2e', '%2f', 'a%2fb', '%5c', '%00', 'a%00b', '%', '%zz', '%ff', '%c0%ae', '%ed%a0%80', '%25%32%65'),
  fc.constantFrom('a/b', ';x=1', '*', ':task', '{task}', '~', '%7e', 'x'.repeat(43), 'x'.repeat(129), 'x'.repeat(LONG_CHARS), '\xe9'),
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
);

/** A query as it goes over the wire, of these names and others. */
export function oddQuery(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(fc.constantFrom('x', '__proto__', 'a[b]', '', ...names), oddSegment);
  const value = fc.oneof(oddSegment, fc.constantFrom('+', '&', '=', '#x', '%', '%ff', '?'));
  const pair = fc.tuple(name, fc.option(value, { nil: null })).map(([key, text]) => (text === null ? key : `${key}=${text}`));
  return fc.oneof(
    fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&')),
    fc.constantFrom(...names, 'x').chain((key) => fc.integer({ min: 2, max: 40 }).map((times) => `${key}=a:b&`.repeat(times))),
  );
}
