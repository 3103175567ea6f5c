import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text for a stream, where that shows colours: NO_COLOR, FORCE_COLOR and TERM=dumb are heeded. */
export type Paint = (style: Style, text: string) => string;

export function paintFor(stream: WriteStream, isWanted: boolean): Paint {
  return (style, text) => (isWanted ? styleText(style, text, { stream }) : text);
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  cancelling: 'yellow',
  running: 'cyan',
};

/** The state of a task in its colour; the word says it too. */
export function paintState(paint: Paint, state: string): string {
  const style = STATE_STYLES[state];
  return style === undefined ? state : paint(style, state);
}
