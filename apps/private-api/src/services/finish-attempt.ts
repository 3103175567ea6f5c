import type { Lease, LogTails } from '@inference/contracts';
import type { Tx } from '@inference/database';
import { AppError, type Failure, type Outcome, retryDecision, type StoredOutput } from '@inference/domain';
import type { Deps } from '../deps.ts';
import {
  type AttemptEnd,
  endAttempt,
  findHeld,
  type HeldRow,
  lockHeld,
  setEnded,
  setRetried,
  setSucceeded,
} from '../store/attempt-store.ts';
import { insertEvent } from '../store/event-store.ts';
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
    if ((await setSucceeded(deps.db, lease, successOf(outcome, tails))) > 0) return 'recorded';
  }
  const settled = await deps.db.$transaction(async (tx) => {
    const row = await lockHeld(tx, lease);
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
  const row = await findHeld(deps.db, lease);
  if (row === null || decide(row, 'succeed', sha256) === 'stale') return 'stale';
  throw new AppError('bad_request', 'The output named by the report is not in the store.');
}

function successOf({ output, warnings }: Outcome & { kind: 'succeed' }, tails: LogTails) {
  return { ...output, ...tails, warnings };
}

type Settled = { answer: 'recorded' | 'stale'; again: HeldRow | null };

type Report = { readonly lease: Lease; readonly outcome: Outcome; readonly tails: LogTails };

async function settle(deps: Deps, tx: Tx, row: HeldRow, { lease, outcome, tails }: Report): Promise<Settled> {
  if (outcome.kind !== 'succeed') {
    const failure: Failure = outcome.kind === 'fail' ? outcome.failure : { class: 'infrastructure', reason: outcome.reason };
    return await settleFailure(deps, tx, row, {
      failure,
      charged: outcome.kind === 'fail',
      end: { outcome: outcome.kind, failure, ...tails },
    });
  }
  const next = decide(row, 'succeed', outcome.output.sha256);
  if (next === 'stale') return { answer: 'stale', again: null };
  if (next === 'same') return { answer: 'recorded', again: null };
  if (next === 'succeeded') {
    await setSucceeded(tx, lease, successOf(outcome, tails));
    return { answer: 'recorded', again: null };
  }
  await endAttempt(tx, row, { outcome: 'succeed', outputSha256: outcome.output.sha256, ...tails });
  await setEnded(tx, row, CANCELLED);
  await insertEvent(tx, { taskId: row.taskId, kind: next, attempt: row.attempt });
  return { answer: 'recorded', again: null };
}

/** Retries or gives up, for an attempt that failed, was handed back (uncharged) or was lost. */
export async function settleFailure(
  deps: Deps,
  tx: Tx,
  row: HeldRow,
  loss: { failure: Failure; charged: boolean; end: AttemptEnd; delayMs?: number },
): Promise<Settled> {
  const { failure, charged, end } = loss;
  const decided = charged ? retryDecision(failure.class, row.faults, deps.random()) : { event: 'retry' as const, delayMs: 0 };
  const delayMs = loss.delayMs ?? (decided.event === 'retry' ? decided.delayMs : 0);
  const next = decide(row, decided.event);
  if (next === 'stale') return { answer: 'stale', again: null };
  if (next === 'same') return { answer: 'recorded', again: null };
  await endAttempt(tx, row, end);
  if (next === 'queued') await setRetried(tx, row, { delayMs, charged });
  else await setEnded(tx, row, next === 'cancelled' ? CANCELLED : failure);
  await insertEvent(tx, { taskId: row.taskId, kind: next, attempt: row.attempt, text: failure.reason });
  return { answer: 'recorded', again: next === 'queued' && delayMs === 0 ? row : null };
}
