import { plainText } from '../output/plain-text.ts';
import type { View } from '../output/printer.ts';
import type { Paint } from '../terminal/colours.ts';
import type { Finding } from './finding.ts';

const MARKS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], failed: ['✗', 'red'] } as const;
const NAME_CHARS = 13;

/** A line for each finding; where there is something to do, it stands below. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ name, state, text, remedy }) => {
    const [mark, style] = MARKS[state];
    const line = `${paint(style, mark)} ${plainText(name).padEnd(NAME_CHARS)} ${plainText(text)}`;
    return remedy === null ? [line] : [line, `${' '.repeat(NAME_CHARS + 3)}-> ${plainText(remedy)}`];
  });
}

/** The same for programs. */
export const findingView: View<Omit<Finding, 'mend'>> = { columns: [], name: ({ name }) => name };
