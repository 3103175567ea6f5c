import { describe, expect, it } from 'vitest';
import { endingSignal } from './container-event.ts';

const kill = (signal?: string) => ({ Action: 'kill', Actor: { Attributes: signal === undefined ? {} : { signal } } });

describe('what is told of a container', () => {
  it('is an ending signal where that is not known to be sent for anything else', () => {
    expect(['15', '9', '3', '37'].map((signal) => endingSignal(kill(signal)))).toEqual(['15', '9', '3', '37']);
    expect(['28', '1', '0'].map((signal) => endingSignal(kill(signal)))).toEqual([null, null, null]);
  });

  it('is one, too, where a label of the image stands in its place, or nothing does', () => {
    expect([endingSignal(kill('of the image')), endingSignal(kill(''))]).toEqual(['of the image', '']);
    expect(endingSignal(kill())).toBe('unknown');
  });

  it('is none where it is the end itself', () => {
    expect(endingSignal({ Action: 'die', Actor: { Attributes: { signal: '15' } } })).toBeNull();
  });
});
