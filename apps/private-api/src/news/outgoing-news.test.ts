import { newId } from '@inference/domain';
import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { type News, OutgoingNews } from './outgoing-news.ts';

function setup() {
  const clock = new FakeClock();
  const sent: (readonly News[])[] = [];
  const lines: string[] = [];
  const state = { away: false };
  const outgoing = new OutgoingNews({
    clock,
    log: createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }),
    send: async (messages) => {
      if (state.away) throw new Error('away');
      sent.push(messages);
    },
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { outgoing, sent, lines, state, pass };
}

describe('news on its way to other private APIs', () => {
  it('is gathered for 20 ms and sent in one statement, each task once', async () => {
    const { outgoing, sent, pass } = setup();
    for (const task of ['a', 'b', 'a']) outgoing.add(task);
    await pass(19);
    expect(sent).toEqual([]);
    await pass(1);
    expect(sent).toEqual([[['a', 'b']]]);
    await pass(1_000);
    expect(sent).toHaveLength(1);
  });

  it('fits into what Postgres takes as a message, and is not kept without end', async () => {
    const { outgoing, sent, pass } = setup();
    const tasks = Array.from({ length: 3_000 }, newId);
    for (const task of tasks) outgoing.add(task);
    await pass(20);
    expect(sent[0]?.flat()).toEqual(tasks);
    for (const message of sent[0] ?? []) expect((message ?? []).join(' ').length).toBeLessThan(8_000 - 50);
    for (const task of [...tasks, newId()]) outgoing.add(task);
    await pass(20);
    expect(sent[1]).toEqual([null]);
  });

  it('becomes "any task" when it could not be sent, and is sent until it could', async () => {
    const { outgoing, sent, lines, state, pass } = setup();
    state.away = true;
    outgoing.add('a');
    await pass(20);
    await pass(1_000);
    state.away = false;
    await pass(1_000);
    expect(sent).toEqual([[null]]);
    expect(lines).toHaveLength(1);
  });
});
