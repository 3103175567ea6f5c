/** The id of a task that begins with a dash: one of 64 does. */
const DASHED_ID = /^-[A-Za-z0-9_-]{42}$/;

/** Arguments in which ids that look like options come last, after `--`, where they are taken for what they are. */
export function idsLast(args: readonly string[]): string[] {
  const isId = (arg: string) => DASHED_ID.test(arg);
  if (args.includes('--') || !args.some(isId)) return [...args];
  return [...args.filter((arg) => !isId(arg)), '--', ...args.filter(isId)];
}
