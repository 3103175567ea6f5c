import { parseArgs } from 'node:util';
import type { Row } from './row.ts';

export type Options = { readonly rows: readonly Row[]; readonly isList: boolean; readonly isQuick: boolean };

/** Reads the command line; a string says what is wrong with it. */
export function readOptions(args: readonly string[], rows: readonly Row[]): Options | string {
  const usage = 'usage: npm run faults [-- [--quick] [--list] [--only ROW ...]], ROW being a name or a number of --list';
  try {
    const options = {
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const { list: isList, quick: isQuick, only } = values;
    const wanted = [...(only ?? []), ...positionals];
    const isNamed = ({ name, numbers }: Row, text: string) => name === text || numbers.includes(Number(text));
    const unknown = wanted.find((text) => !rows.some((row) => isNamed(row, text)));
    if (unknown !== undefined) return `There is no row "${unknown}".\n${usage}`;
    const named = wanted.length === 0 ? rows : rows.filter((row) => wanted.some((text) => isNamed(row, text)));
    const chosen = isQuick && wanted.length === 0 ? named.filter((row) => row.isQuick) : named;
    return { rows: chosen, isList, isQuick };
  } catch (error) {
    return `${(error as Error).message}\n${usage}`;
  }
}
