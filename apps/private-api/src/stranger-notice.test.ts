import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { createStrangerNotice } from './stranger-notice.ts';

const STRANGER = { from: '192.0.2.1', requestId: null, prefix: null };

function setup() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const clock = new FakeClock();
  return { lines, clock, notice: createStrangerNotice({ log, clock }) };
}

describe('the notice of wrong keys', () => {
  it('names the settings, and who came', () => {
    const { lines, notice } = setup();
    notice('key', STRANGER);
    notice('token', STRANGER);
    expect(lines).toMatchObject([
      { level: 40, from: '192.0.2.1', msg: expect.stringContaining('neither the ADMIN_KEY nor the CONSUMER_KEY') },
      { level: 40, from: '192.0.2.1', msg: expect.stringContaining('another RELAY_TOKEN') },
    ]);
  });

  it('comes once a minute at most, with the number of those that it passed over', () => {
    const { lines, clock, notice } = setup();
    for (let count = 0; count < 1000; count++) notice('key', STRANGER);
    clock.advance(59_999);
    notice('key', STRANGER);
    expect(lines).toHaveLength(1);
    clock.advance(1);
    notice('key', STRANGER);
    expect(lines.map(({ sinceTheLast }) => sinceTheLast)).toEqual([undefined, 1000]);
  });
});
