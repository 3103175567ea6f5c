import { stripVTControlCharacters } from 'node:util';

/** What a cell of the matrix says of two GPUs, from the nearest link to the widest: each kind holds those before it. */
const LINKS = [
  { name: 'nvlink', pattern: /^NV\d+$/ },
  { name: 'switch', pattern: /^(?:NV\d+|PIX|PXB)$/ },
  { name: 'socket', pattern: /^(?:NV\d+|PIX|PXB|PHB|NODE)$/ },
] as const;

/**
 * The link groups of each GPU, from `nvidia-smi topo -m`: by its number on this machine, from the nearest group to the widest, such as `nvlink0`,
 * `switch0`, `socket1`. Groups are named after the first GPU in them. Empty where the matrix cannot be read.
 */
export function linkGroups(matrix: string): ReadonlyMap<number, readonly string[]> {
  const lines = stripVTControlCharacters(matrix)
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  // The head of the matrix has names, too, and no X.
  const rows = lines.filter((line) => /^GPU\d+$/.test(line[0] ?? '') && line.includes('X'));
  const cells = rows.map((row) => row.slice(1, 1 + rows.length));
  if (cells.some((row, at) => row[at] !== 'X')) return new Map();
  const groups = rows.map((): string[] => []);
  for (const { name, pattern } of LINKS) {
    const first = firstsOf(cells, pattern);
    for (const [at, own] of groups.entries()) own.push(`${name}${first[at]}`);
  }
  return new Map(groups.map((own, at) => [Number(rows[at]?.[0]?.slice('GPU'.length)), own]));
}

/** For each GPU the first that it is linked with, also by way of others. */
function firstsOf(cells: readonly (readonly string[])[], pattern: RegExp): number[] {
  const first = cells.map((_, at) => at);
  for (const [at, row] of cells.entries()) {
    for (const [other, cell] of row.entries()) {
      if (other >= at || !pattern.test(cell)) continue;
      const [low, high] = [first[at] ?? at, first[other] ?? other].sort((one, two) => one - two);
      for (const [index, own] of first.entries()) if (own === high && low !== undefined) first[index] = low;
    }
  }
  return first;
}
