import { runSchedules } from './run-schedules.ts';
import type { Done, Range } from './simulate-range.ts';

// A process of `simulateRange`: runs the schedules that it is told to, and says what became of them, until nobody listens any more.
process.on('message', async ({ range: { first, count }, isShrunk }: { range: Range; isShrunk: boolean }) => {
  const done: Done = await runSchedules(first, count, { isShrunk }).then(
    () => ({ broken: null }),
    (error: unknown) => ({ broken: textOf(error) }),
  );
  process.send?.(done);
});
process.on('disconnect', () => process.exit());

/** With what was broken; fast-check keeps that as the cause. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}\n${error.cause.message}` : error.message;
}
