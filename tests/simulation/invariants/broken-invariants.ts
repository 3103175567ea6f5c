import type { StoredFiles, Tables } from '../tables.ts';
import { attemptsAreClaims } from './attempts-are-claims.ts';
import { cancelIsKept } from './cancel-is-kept.ts';
import { claimsRespectLimits } from './claims-respect-limits.ts';
import { claimsWait } from './claims-wait.ts';
import { devicesAreNotShared } from './devices-are-not-shared.ts';
import { eventsReplayToRow } from './events-replay-to-row.ts';
import { filesAgree } from './files-agree.ts';
import { finalStatesAbsorb } from './final-states-absorb.ts';
import { logsDoNotOverlap } from './logs-do-not-overlap.ts';
import { oldAttemptsAreSilent } from './old-attempts-are-silent.ts';
import { oneOpenAttempt } from './one-open-attempt.ts';
import { purgedIsEmpty } from './purged-is-empty.ts';
import { successIsRecorded } from './success-is-recorded.ts';

/** What holds of the tables at every moment, whatever happens. Each answers a sentence for each row that breaks it. */
const INVARIANTS = {
  attemptsAreClaims,
  cancelIsKept,
  claimsRespectLimits,
  claimsWait,
  devicesAreNotShared,
  eventsReplayToRow,
  finalStatesAbsorb,
  logsDoNotOverlap,
  oldAttemptsAreSilent,
  oneOpenAttempt,
  purgedIsEmpty,
  successIsRecorded,
};

/** Every invariant that the tables break, by its name; with the files where they are known, too. Empty: all is well. */
export function brokenInvariants(tables: Tables, files?: StoredFiles): string[] {
  const broken = Object.entries(INVARIANTS).flatMap(([name, check]) => check(tables).map((text) => `${name}: ${text}`));
  if (files === undefined) return broken;
  return [...broken, ...filesAgree(tables, files).map((text) => `filesAgree: ${text}`)];
}
