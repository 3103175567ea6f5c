import { describe, expect, it } from 'vitest';
import type { Look } from '../services/look-at-task.ts';
import { CLIENT_BYTES_MAX, FeedClient } from './feed-client.ts';
import { FEED_START } from './feed-place.ts';

const TASK: Look['task'] = {
  id: 1,
  state: 'running',
  attempt: 1,
  progress: null,
  progressText: '',
  failureClass: null,
  failureReason: null,
  isDeleted: false,
  isPurged: false,
  eventId: 7n,
};

function piece(id: bigint, text = 'x') {
  return { id, attempt: 1, stream: 'stdout' as const, offset: 0, text, open: false, at: new Date(0) };
}

/** A sink that nobody reads. */
function setup() {
  let written = '';
  let isEnded = false;
  const sink = {
    write: (text: string) => {
      written += text;
      return false;
    },
    end: () => {
      isEnded = true;
    },
    get writableLength() {
      return written.length;
    },
  };
  const events = () => [...written.matchAll(/^id: (.*)\nevent: (.*)\n/gm)].map(([, id, event]) => `${event} ${id}`);
  return { client: new FeedClient(sink, FEED_START), events, isEnded: () => isEnded, written: () => written };
}

describe('a client of a feed', () => {
  it('hears each thing once, whoever looked for it', () => {
    const { client, events } = setup();
    client.show({ task: TASK, pieces: [piece(3n), piece(4n)], more: false });
    client.show({ task: TASK, pieces: [piece(4n), piece(5n)], more: false });
    expect(events()).toEqual(['state 7-0', 'log 7-3', 'log 7-4', 'log 7-5']);
  });

  it('that does not read is cut at a bound, and is told from where to come again', () => {
    const { client, events, isEnded, written } = setup();
    for (let id = 1n; id <= 20n; id++) client.show({ task: TASK, pieces: [piece(id, 'x'.repeat(30_000))], more: false });
    expect([client.isOver, isEnded()]).toEqual([true, true]);
    expect(written().length).toBeLessThan(CLIENT_BYTES_MAX + 40_000);
    expect(events().slice(-2)).toEqual(['log 7-9', 'gap 7-9']);
  });

  it('hears of the end after all that was printed', () => {
    const { client, events } = setup();
    const task = { ...TASK, state: 'failed' as const, eventId: 8n };
    client.show({ task, pieces: [piece(1n)], more: true });
    expect(client.isOver).toBe(false);
    client.show({ task, pieces: [piece(2n)], more: false });
    expect(events()).toEqual(['log 0-1', 'log 0-2', 'state 8-2', 'done 8-2-done']);
  });
});
