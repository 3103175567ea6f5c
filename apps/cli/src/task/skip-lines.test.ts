import type { TaskEvent } from '@inference/client';
import { describe, expect, it } from 'vitest';
import { skipLines } from './skip-lines.ts';

type Piece = readonly [stream: 'stdout' | 'stderr', text: string, attempt?: number, open?: boolean];

async function* eventsOf(pieces: readonly Piece[]): AsyncGenerator<TaskEvent> {
  for (const [stream, text, attempt = 2, open = false] of pieces)
    yield { event: 'log', id: '', data: { attempt, stream, text, open, offset: 0, at: '' } };
}

async function textsAfter(lines: number, pieces: readonly Piece[], stream?: 'stdout' | 'stderr'): Promise<string[]> {
  const texts: string[] = [];
  for await (const { event, data } of skipLines(eventsOf(pieces), { attempt: 2, stream, lines }))
    if (event === 'log' && data.text !== '') texts.push(data.text);
  return texts;
}

describe('a log without its first lines', () => {
  it('begins in the middle of a piece where the lines end there', async () => {
    expect(
      await textsAfter(2, [
        ['stdout', 'a\nb\nc\n'],
        ['stdout', 'd\n'],
      ]),
    ).toEqual(['c\n', 'd\n']);
    expect(await textsAfter(-5, [['stdout', 'a\n']])).toEqual(['a\n']);
  });

  it('has whole lines only, also where the other stream came between', async () => {
    const pieces: Piece[] = [
      ['stdout', 'aa'],
      ['stderr', 'x\n'],
      ['stdout', 'bb\n'],
      ['stderr', 'y\n'],
    ];
    expect(await textsAfter(1, pieces)).toEqual(['aabb\n', 'y\n']);
    expect(await textsAfter(1, pieces, 'stdout')).toEqual([]);
  });

  it('has nothing of earlier attempts, and all of later ones', async () => {
    expect(
      await textsAfter(1, [
        ['stdout', 'a\n', 1],
        ['stdout', 'b\nc\n', 2],
        ['stdout', 'd\n', 3],
      ]),
    ).toEqual(['c\n', 'd\n']);
  });

  it('keeps a line that nothing ended', async () => {
    expect(
      await textsAfter(2, [
        ['stdout', 'a\nopen'],
        ['stderr', 'also open'],
      ]),
    ).toEqual(['open', 'also open']);
    expect(
      await textsAfter(1, [
        ['stdout', 'half', 2, true],
        ['stdout', 'half a line\n'],
      ]),
    ).toEqual(['half']);
  });
});
