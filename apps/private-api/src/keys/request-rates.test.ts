import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { RequestRates } from './request-rates.ts';

describe('the rates of requests', () => {
  it('let a key make its requests of a minute at once, then one as often as they come evenly', () => {
    const clock = new FakeClock();
    const rates = new RequestRates(clock);
    const taken = (times: number) => Array.from({ length: times }, () => rates.take('a', 6)).filter((seconds) => seconds === 0).length;
    expect(taken(20)).toBe(6);
    expect(rates.take('a', 6)).toBe(10);
    clock.advance(9_999);
    expect(taken(2)).toBe(0);
    clock.advance(1);
    expect(taken(2)).toBe(1);
    clock.advance(3_600_000);
    expect(taken(20)).toBe(6);
  });

  it('count each key for itself', () => {
    const rates = new RequestRates(new FakeClock());
    expect([rates.take('a', 1), rates.take('a', 1), rates.take('b', 1)]).toEqual([0, 60, 0]);
  });

  it('say to wait a second at least', () => {
    const rates = new RequestRates(new FakeClock());
    for (let n = 0; n < 6_000; n++) rates.take('a', 6_000);
    expect(rates.take('a', 6_000)).toBe(1);
  });
});
