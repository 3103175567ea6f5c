import type { MeasuredRow, Row, Unit } from './row.ts';
import type { Summary } from './statistics.ts';

const HEAD = ['What', 'Ours', 'Other side', 'Ratio or difference', 'Must reach', 'Reached'] as const;
const NONE = '-';

/** The rows as a Markdown table whose columns are also aligned as plain text, with the rows' notes below. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_name, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const [head = '', ...body] = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return `${[head, rule, ...body].join('\n')}\n${notes(rows)}`;
}

function cells(row: Row): readonly string[] {
  if ('skipped' in row) return [row.what, NONE, NONE, NONE, NONE, 'skipped'];
  const { what, unit, ours, other, reached } = row;
  return [what, measured(ours, unit), other === null ? NONE : measured(other, unit), compared(row), target(row), reached ? 'yes' : 'NO'];
}

function measured({ median, lowerQuartile, upperQuartile, count }: Summary, unit: Unit): string {
  const text = `${shown(median)} ${unit}`;
  return count === 1 ? text : `${text} (${shown(lowerQuartile)} to ${shown(upperQuartile)}, n=${count})`;
}

function compared({ compared: { kind, value }, unit }: MeasuredRow): string {
  if (kind === 'ratio') return value.toFixed(2);
  if (kind === 'alone') return NONE;
  return `${value < 0 ? '' : '+'}${shown(value)} ${unit}`;
}

function target({ compared: { kind, atMost, atLeast }, unit }: MeasuredRow): string {
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  if (kind === 'ratio') return `ratio ${bound}`;
  return kind === 'difference' ? `${bound} ${unit} more` : `${bound} ${unit}`;
}

/** Three digits that matter, or the whole number. */
function shown(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function notes(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const texts = 'skipped' in row ? [`skipped: ${row.skipped}`] : row.notes;
    return texts.map((text) => `- ${row.what}: ${text}`);
  });
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}
