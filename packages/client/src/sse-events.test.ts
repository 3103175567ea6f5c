import { describe, expect, it } from 'vitest';
import { sseEvents } from './sse-events.ts';

async function read(text: string, pieceBytes: number) {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  return await all(sseEvents(pieces()));
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('server-sent events', () => {
  it('are the same however the stream is cut into pieces', async () => {
    const text =
      ':\n\nid: 1-0\nevent: state\ndata: {"state":"größer"}\n\n:\n\ndata: a\ndata: b\n\nid: 2-0\n\nevent: done\ndata: {}\n\nid: 3\nevent: cut';
    const whole = await read(text, 1000);
    expect(whole).toEqual([
      { id: '1-0', event: 'state', data: '{"state":"größer"}' },
      { id: '1-0', event: 'message', data: 'a\nb' },
      { id: '2-0', event: 'done', data: '{}' },
    ]);
    for (const bytes of [1, 2, 3, 7]) expect(await read(text, bytes)).toEqual(whole);
  });

  it('have a limit: a stream without an end of an event is no feed of ours', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1024 * 1024, 'x');
    }
    await expect(all(sseEvents(endless()))).rejects.toThrow('4194304 characters');
  });
});
