import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '..', '..', '..', '..', 'docs');

/** A document of `docs/`, as text. */
export function readDoc(name: string): Promise<string> {
  return readFile(join(DOCS, name), 'utf8');
}

/**
 * The rows of all tables in a document of `docs/` whose first column has this heading, heading rows left out; cells without back quotes.
 * Throws when there is no such table, or one without rows: a comparison with nothing must not pass.
 */
export async function readDocTable(name: string, firstHeading: string): Promise<string[][]> {
  const lines = (await readDoc(name)).split('\n');
  const rows: string[][] = [];
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('|') || cellsOf(line)[0] !== firstHeading) continue;
    const before = rows.length;
    // The line below a heading row is the rule.
    for (let next = at + 2; lines[next]?.startsWith('|'); next += 1) rows.push(cellsOf(lines[next] ?? ''));
    if (rows.length === before) throw new Error(`docs/${name}: the table "${firstHeading}" in line ${at + 1} has no rows.`);
  }
  if (rows.length === 0) throw new Error(`docs/${name} has no table whose first column is "${firstHeading}".`);
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.replaceAll('`', '').trim());
}
