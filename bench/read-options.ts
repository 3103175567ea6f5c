import { parseArgs } from 'node:util';

export type Options = {
  readonly json: boolean;
  /** The one measurement to make; null: all. */
  readonly only: string | null;
};

/** Reads the command line; a string says what is wrong with it. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | string {
  const usage = `usage: npm run bench [-- --json] [--only NAME], NAME being one of ${names.join(', ')}`;
  try {
    const options = { json: { type: 'boolean', default: false }, only: { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const { json, only = null } = values;
    return only === null || names.includes(only) ? { json, only } : `There is no "${only}".\n${usage}`;
  } catch (error) {
    return `${(error as Error).message}\n${usage}`;
  }
}
