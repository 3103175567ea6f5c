import type { Clock } from '@inference/domain';
import { delay } from '../docker/delay.ts';
import type { AttemptRef, RunEnd } from '../model-runtime.ts';
import { runFailure } from '../run-failure.ts';
import type { LauncherClient } from './launcher-client.ts';
import { LauncherFault } from './launcher-fault.ts';
import type { SentOrder } from './launcher-protocol.ts';
import type { ToldOnce } from './told-once.ts';

/** A launcher takes a word to stop within this, in milliseconds. */
const STOP_LIMIT_MS = 10_000;
/** ... or is told again after this, in milliseconds. */
const STOP_AGAIN_MS = 1_000;

/** Why there is nothing to follow: what others ended, or nobody started, says nothing of its model. */
export const GONE = 'The launcher was started again, and the model that it had started was gone.';

export type Watch = {
  readonly client: LauncherClient;
  readonly sent: SentOrder;
  readonly told: ToldOnce;
  /** Stops the model. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/** Has the launcher run a model, or follow one, and hears it to its end. `broken`: the launcher went away meanwhile, and the model may live. */
export async function watchModel(
  route: 'run' | 'follow',
  message: object,
  { client, sent, told, signal, clock }: Watch,
): Promise<RunEnd | { readonly kind: 'broken'; readonly reason: string }> {
  let end: RunEnd | null = null;
  const over = new AbortController();
  const stop = () => void tellToStop(client, sent, { clock, over: over.signal });
  try {
    await client.listen(route, message, (line) => {
      if (line.kind === 'begun') {
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
      }
      if (line.kind === 'progress') told.progress(line.text);
      if (line.kind === 'output') told.output(line.stream, line.text);
      if (line.kind === 'closing') told.closing();
      if (line.kind === 'hung') told.hung(line.failure);
      if (line.kind === 'end') end = line.end;
      if (line.kind === 'gone') end = { ...runFailure('infrastructure', GONE), mayLive: true };
    });
  } catch (error) {
    if (!(error instanceof LauncherFault)) throw error;
    if (error.kind === 'broken') return { kind: 'broken', reason: error.message };
    return { ...runFailure('infrastructure', error.message), mayLive: true };
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
  return end ?? { kind: 'broken', reason: 'The launcher ended its answer before the model had ended.' };
}

/** Tells the launcher to stop an attempt until it has heard so, or the run is over: a launcher that went away is told by who follows the model again. */
async function tellToStop(client: LauncherClient, { taskUid, attempt }: AttemptRef, { clock, over }: { clock: Clock; over: AbortSignal }) {
  while (!over.aborted) {
    try {
      await client.ask('stop', { attempt: { taskUid, attempt } }, STOP_LIMIT_MS);
      return;
    } catch (error) {
      if (!(error instanceof LauncherFault)) throw error;
      await delay(STOP_AGAIN_MS, clock).elapsed;
    }
  }
}
