/** One line of what the engine tells of a container, as far as it is read. */
export type ContainerEvent = { readonly Action?: string; readonly Actor?: { readonly Attributes?: { readonly signal?: string } } };

/** What the engine is asked to tell of. */
export const TOLD_EVENTS = ['kill', 'die'];

/** HUP, USR1, USR2, CHLD, CONT, STOP, TSTP, URG, WINCH and "is it there?". */
const HARMLESS_SIGNALS = ['0', '1', '10', '12', '17', '18', '19', '20', '23', '28'];

/**
 * The number of the signal, where somebody has sent one to a container to end it, or one that is not known to be sent for anything else; else null.
 * A model lives on after WINCH, CONT, STOP, or a 0, and by HUP, USR1 and USR2 programs are told to do something. What such a signal ends all
 * the same has seldom an exit code of 0. An image with a label "signal" has the engine tell that instead.
 */
export function endingSignal({ Action: action, Actor: actor }: ContainerEvent): string | null {
  if (action !== 'kill') return null;
  const signal = actor?.Attributes?.signal ?? 'unknown';
  return HARMLESS_SIGNALS.includes(signal) ? null : signal;
}
