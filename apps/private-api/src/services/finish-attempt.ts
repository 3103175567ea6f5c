import type { Lease, LogTails } from '@inference/contracts';
import { AppError, type FailedAttempt, type Failure, type Outcome, retryDecision, type StoredOutput, type Usage } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { AttemptEnd, HeldRow } from '../store/attempt-store.ts';
import type { StoreTx } from '../store/store.ts';
import { decide } from './decide.ts';
import { outputKey } from './output-key.ts';
import { ringPool } from './ring-pool.ts';

const CANCELLED: Failure = { class: 'cancelled', reason: 'The task was cancelled.' };

/** Takes a consumer's report of how an attempt ended. A report that comes late, or twice, changes nothing. */
export async function finishAttempt(deps: Deps, lease: Lease, outcome: Outcome, tails: LogTails): Promise<'recorded' | 'stale'> {
  const answer = await record(deps, lease, outcome, tails);
  if (answer === 'recorded') deps.news.tell(lease.taskUid);
  return answer;
}

async function record(deps: Deps, lease: Lease, outcome: Outcome, tails: LogTails): Promise<'recorded' | 'stale'> {
  if (outcome.kind === 'succeed') {
    if (!(await isStored(deps, lease, outcome.output))) return await answerMissing(deps, lease, outcome.output);
    // Nearly every report ends here; what this does not take is looked at below.
    if ((await deps.store.setSucceeded(lease, successOf(outcome, tails))) > 0) return 'recorded';
  }
  const settled = await deps.store.transaction(async (tx) => {
    const row = await tx.lockHeld(lease);
    return row === null ? { answer: 'stale' as const, again: null } : await settle(deps, tx, row, { lease, outcome, tails });
  });
  if (settled.again !== null) ringPool(deps, settled.again.pool, settled.again.taskUid);
  return settled.answer;
}

async function isStored(deps: Deps, lease: Lease, { key, bytes, sha256 }: StoredOutput): Promise<boolean> {
  return key === outputKey(lease, sha256) && (await deps.files.size(key)) === bytes;
}

/** A late report may name an output that was swept. */
async function answerMissing(deps: Deps, lease: Lease, { sha256 }: StoredOutput): Promise<'stale'> {
  const row = await deps.store.findHeld(lease);
  if (row === null || decide(row, 'succeed', sha256) === 'stale') return 'stale';
  throw new AppError('bad_request', 'The output named by the report is not in the store.');
}

function successOf({ output, warnings, usage }: Outcome & { kind: 'succeed' }, tails: LogTails) {
  return { ...output, ...tails, warnings, usage };
}

function usageOf(outcome: Outcome): { usage?: Usage } {
  return outcome.kind === 'hand_back' || outcome.usage === undefined ? {} : { usage: outcome.usage };
}

type Settled = { answer: 'recorded' | 'stale'; again: HeldRow | null };

type Report = { readonly lease: Lease; readonly outcome: Outcome; readonly tails: LogTails };

async function settle(deps: Deps, tx: StoreTx, row: HeldRow, { lease, outcome, tails }: Report): Promise<Settled> {
  if (outcome.kind !== 'succeed') {
    const failure: Failure = outcome.kind === 'fail' ? outcome.failure : { class: 'infrastructure', reason: outcome.reason };
    return await settleFailure(deps, tx, row, {
      failure,
      end: { outcome: outcome.kind, failure, ...usageOf(outcome), ...tails },
      ...(outcome.kind === 'hand_back' ? { delayMs: outcome.delayMs } : {}),
    });
  }
  const next = decide(row, 'succeed', outcome.output.sha256);
  if (next === 'stale') return { answer: 'stale', again: null };
  if (next === 'same') return { answer: 'recorded', again: null };
  if (next === 'succeeded') {
    await tx.setSucceeded(lease, successOf(outcome, tails));
    return { answer: 'recorded', again: null };
  }
  await tx.endAttempt(row, { outcome: 'succeed', outputSha256: outcome.output.sha256, ...usageOf(outcome), ...tails });
  await tx.setEnded(row, CANCELLED);
  await tx.insertEvent({ taskId: row.taskId, kind: next, attempt: row.attempt });
  return { answer: 'recorded', again: null };
}

/** What an attempt ended with that did not succeed. */
type Loss = {
  readonly failure: Failure;
  readonly end: AttemptEnd & { readonly outcome: 'fail' | 'hand_back' | 'lost' };
  /** When a task that was handed back is due again, from now on. */
  readonly delayMs?: number | undefined;
};

/** Retries or gives up, for an attempt that failed, was handed back (uncharged) or was lost. */
export async function settleFailure(deps: Deps, tx: StoreTx, row: HeldRow, { failure, end, delayMs = 0 }: Loss): Promise<Settled> {
  const decided =
    end.outcome === 'hand_back' || isBelatedCancel(row, failure)
      ? ({ event: 'retry', charge: null, delayMs } as const)
      : retryDecision(failedAttempt(row, failure, end.outcome), deps.random());
  const next = decide(row, decided.event);
  if (next === 'stale') return { answer: 'stale', again: null };
  if (next === 'same') return { answer: 'recorded', again: null };
  await tx.endAttempt(row, end);
  if (next === 'queued' && decided.event === 'retry') await tx.setRetried(row, decided);
  else await tx.setEnded(row, next === 'cancelled' ? CANCELLED : failure);
  await tx.insertEvent({ taskId: row.taskId, kind: next, attempt: row.attempt, text: failure.reason });
  const isDue = next === 'queued' && decided.event === 'retry' && decided.delayMs === 0;
  return { answer: 'recorded', again: isDue ? row : null };
}

/** An attempt that was stopped by a cancel, of a task that an operator has put back into the queue meanwhile: that is not cancelled again. */
function isBelatedCancel({ state }: HeldRow, failure: Failure): boolean {
  return failure.class === 'cancelled' && state !== 'cancelling';
}

function failedAttempt(row: HeldRow, failure: Failure, outcome: 'fail' | 'lost'): FailedAttempt {
  const { faults: infrastructureFaults, modelFaults, modelRetriesMax } = row;
  return { failure: failure.class, isLost: outcome === 'lost', infrastructureFaults, modelFaults, modelRetriesMax };
}
