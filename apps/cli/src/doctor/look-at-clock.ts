import { shownSeconds } from '../output/units.ts';
import type { ServerAnswer } from './ask-server.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';

/** A server tells its time to the second, and keeps it for one: less than this is no difference, in seconds. */
const OFF_SECONDS_MAX = 5;
/** So far off, certificates and ends of keys are judged wrongly, in seconds. */
const OFF_SECONDS_BAD = 300;
const SET_CLOCK = 'On the machine whose clock is wrong: sudo timedatectl set-ntp true';

/** Compares the server's clock with that of this machine, at the moment in which the answer came. */
export function lookAtClock(answer: ServerAnswer, nowMs: number): Finding {
  const told = answer.ok && answer.date !== null ? Date.parse(answer.date) : Number.NaN;
  if (Number.isNaN(told))
    return doubtful('clock', 'The server does not tell its time.', 'Let the proxy in front of it pass the header Date');
  const aheadSeconds = (told - nowMs) / 1000;
  const off = Math.abs(aheadSeconds);
  if (off <= OFF_SECONDS_MAX) return fine('clock', 'The same here and at the server.');
  const text = `The server's clock is ${shownSeconds(off)} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} the one here.`;
  return off < OFF_SECONDS_BAD ? doubtful('clock', text, SET_CLOCK) : broken('clock', text, SET_CLOCK);
}
