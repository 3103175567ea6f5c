import type { RabbitAtHand } from './rabbit-at-hand.ts';
import type { Played, Row } from './row.ts';
import { audit } from './stage/audit.ts';
import { Stage } from './stage/stage.ts';

/** What became of a row. */
export type Verdict = {
  readonly row: Row;
  /** All is as it must be, and in time. */
  readonly passed: boolean;
  /** All is as it must be, in time or not. */
  readonly isRight: boolean;
  readonly recoveredMs: number | null;
  /** What was seen, or what was not as it must be. */
  readonly found: string;
  readonly tookMs: number;
};

type Circumstances = { readonly rabbits: RabbitAtHand; readonly isQuick: boolean };

/** Plays a row on a stage of its own, then looks whether all that was accepted has its one right result. */
export async function playRow(row: Row, { rabbits, isQuick }: Circumstances): Promise<Verdict> {
  const startMs = performance.now();
  const verdict = (isRight: boolean, found: string, recoveredMs: number | null): Verdict => {
    const isInTime = row.targetMs === undefined || (recoveredMs ?? Number.POSITIVE_INFINITY) <= row.targetMs;
    return { row, passed: isRight && isInTime, isRight, recoveredMs, found, tookMs: performance.now() - startMs };
  };
  try {
    await using stage = await Stage.open({ rabbit: await rabbits.take(), isQuick, smallDisk: row.smallDisk });
    const played: Played = await row.play(stage);
    const tasks = await audit(stage);
    const all = tasks === 0 ? '' : ` ${tasks === 1 ? 'The accepted task has' : `All ${tasks} accepted tasks have`} one right result.`;
    return verdict(true, `${played.found}${all}`, played.recoveredMs ?? null);
  } catch (error) {
    // It may have left anything in RabbitMQ.
    await rabbits.discard();
    return verdict(false, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), null);
  }
}
