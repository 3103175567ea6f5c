import { FakeClock } from '@inference/testing';
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { type Daemon, DaemonFault } from './daemon.ts';
import { waitOrStop } from './wait-or-stop.ts';

/** Stops a container that answers a signal like this, and ends then. Answers whether it counts as stopped. */
function stop(answer: () => void): Promise<boolean> {
  const ended = Promise.withResolvers<'ended'>();
  const kill = async () => {
    ended.resolve('ended');
    answer();
  };
  const daemon = { unlimited: () => ended.promise, call: async (_what: string, _limitMs: number, ask: () => unknown) => ask() };
  const options = { daemon: daemon as unknown as Daemon, clock: new FakeClock(), signal: AbortSignal.abort(), stopGraceMs: 1_000 };
  return waitOrStop({ kill } as unknown as Docker.Container, options);
}

describe('a container that is to be stopped', () => {
  it('was stopped where the signal has reached it', async () => {
    expect(await stop(() => {})).toBe(true);
  });

  it('has ended by itself where it did so before the signal', async () => {
    const refuse = () => {
      throw new DaemonFault('The container is not running.', { status: 409, said: 'is not running' });
    };
    expect(await stop(refuse)).toBe(false);
  });
});
