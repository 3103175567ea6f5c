import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toYaml } from './yaml.ts';

describe('YAML', () => {
  it('is the same value again once it is read, whatever the value', () => {
    const texts = [
      '',
      'plain',
      'true',
      'no',
      '~',
      '-',
      '1',
      '1e3',
      '0x1f',
      '2026-11-02',
      'a: b',
      '#',
      ' x ',
      'a\nb',
      '"',
      '\u0085',
      '👍',
      'null',
      '=',
      '<<',
      '.5',
      '.inf',
      '_1',
    ];
    const values = [...texts, null, true, 0, -1.5, [], {}, [[]], [{}], [[1, [2]], 3], { a: { b: [] }, c: [{ d: 1, e: { f: texts } }] }];
    for (const value of [...values, values, Object.fromEntries(texts.map((text) => [text, text]))])
      expect(parse(toYaml(value).replace(/^\n/, ''))).toEqual(value);
  });
});
