/** How often a condition is looked at, and how long a test waits for one, in milliseconds. */
const LOOK_MS = 10;
const DEADLINE_MS = 20_000;

/** Waits until `look` answers something (neither null, undefined nor false), and returns it; fails after a deadline. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
