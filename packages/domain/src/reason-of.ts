/** Causes of causes are followed so far: they may go round in circles. */
const DEPTH_MAX = 4;

/**
 * Why something failed, in one line for a log: of an outage that is all there is to tell, and a stack trace for each request that met it
 * would drown the rest. Libraries write pages, of which the last line says it; an error without words has a code.
 */
export function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  let each = error;
  for (let depth = 0; each instanceof Error && depth < DEPTH_MAX; depth++) {
    const reason = lastLine(each.message) || String((each as NodeJS.ErrnoException).code ?? each.name);
    // Some repeat the words of their cause.
    if (!reasons.some((before) => before.includes(reason))) reasons.push(reason);
    each = each.cause;
  }
  const [first = String(error), ...causes] = reasons;
  return causes.length === 0 ? first : `${first} (${causes.join(': ')})`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
