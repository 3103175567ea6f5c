import { describe, expect, it } from 'vitest';
import { idsLast } from './ids-last.ts';

const ID = `-${'x'.repeat(42)}`;

describe('the ids of tasks among arguments', () => {
  it('come last where they begin with a dash, so that they are not taken for options', () => {
    expect(idsLast(['tasks', 'output', ID, '-O', 'x.zip'])).toEqual(['tasks', 'output', '-O', 'x.zip', '--', ID]);
  });

  it('stay where they are otherwise', () => {
    const id = 'y'.repeat(43);
    for (const args of [['tasks', 'get', id, '-o', 'json'], ['run', 'm', '-', '--detach'], ['tasks', 'get', '--', ID], []])
      expect(idsLast(args)).toEqual(args);
  });
});
