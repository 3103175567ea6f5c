import type { Mutant } from './mutant.ts';

const ATTEMPTS = 'apps/private-api/src/store/attempt-store.ts';
const LOGS = 'apps/private-api/src/store/log-store.ts';

/**
 * What the scenarios on a real Postgres must see: conditions and locks of written-out statements. Not among them is what another line makes
 * good, as no difference can be seen: a claim that only locks, or only names the state that it leaves; the states that `setEnded`, `setRetried`
 * and `setRunningAgain` name again, though their row is locked and looked at before; SKIP LOCKED, which only saves a wait. Nor is the lock
 * of live output: without it a purge must come between two steps of one statement, which 500 scenarios did not bring about.
 */
export const SQL_MUTANTS: readonly Mutant[] = [
  {
    name: 'SQL: a success counts with any token',
    file: ATTEMPTS,
    part: `AND a.token = \${lease.token}\n        AND t.state IN ('queued', 'running') AND (a.outcome`,
    instead: "AND t.state IN ('queued', 'running') AND (a.outcome",
  },
  {
    name: 'SQL: every other report and renewal counts with any token',
    file: ATTEMPTS,
    part: ` AND a.token = \${lease.token}\`;`,
    instead: '`;',
  },
  {
    name: 'SQL: an attempt that was followed by another may succeed',
    file: ATTEMPTS,
    part: '      SELECT t.id, a.number FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt\n',
    instead: '      SELECT t.id, a.number FROM task t JOIN attempt a ON a.task_id = t.id\n',
  },
  {
    name: 'SQL: a success does not name the states that it leaves',
    file: ATTEMPTS,
    part: "        AND t.state IN ('queued', 'running') AND (a.outcome",
    instead: '        AND (a.outcome',
  },
  {
    name: 'SQL: a success locks nothing',
    file: ATTEMPTS,
    part: "(a.outcome IS NULL OR a.outcome = 'lost') FOR UPDATE OF t, a\n",
    instead: "(a.outcome IS NULL OR a.outcome = 'lost')\n",
  },
  {
    name: 'SQL: a claim neither locks its task nor names the state that it leaves',
    file: 'apps/private-api/src/store/claim-store.ts',
    part: ` FOR UPDATE SKIP LOCKED) task LIMIT 1
    ), \${claimOfNext(claim)}`,
    instead: `) task LIMIT 1
    ), claimed AS (
      UPDATE task SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, now()), progress = NULL, progress_text = ''
      FROM next WHERE task.id = next.id RETURNING task.*
    ), made AS (
      INSERT INTO attempt (task_id, number, token, claim_id, consumer_id, boot_id)
      SELECT id, attempt, \${token}, \${claim.claimId}, \${claim.consumerId}, \${claim.bootId} FROM claimed
    ), noted AS (
      INSERT INTO event (task_id, kind, attempt, text) SELECT id, 'claimed', attempt, \${claim.consumerId} FROM claimed
    )`,
  },
  {
    name: 'SQL: a report locks nothing while it is decided what it leads to',
    file: ATTEMPTS,
    part: `\${held(lease)} FOR UPDATE OF t, a\``,
    instead: `\${held(lease)}\``,
  },
  {
    name: 'SQL: an expiring lease locks nothing',
    file: ATTEMPTS,
    part: `AND a.heartbeat = \${lease.heartbeat} FOR UPDATE OF t, a\``,
    instead: `AND a.heartbeat = \${lease.heartbeat}\``,
  },
  {
    name: 'SQL: a claim does not wait for the end of a back-off',
    file: 'apps/private-api/src/store/is-due.ts',
    part: '(available_at <= now() OR',
    instead: '(true OR',
  },
  {
    name: 'SQL: a purge does not keep its task as it is',
    file: 'apps/private-api/src/store/purge-store.ts',
    part: `OR \${expired(keepSeconds)}) FOR UPDATE SKIP LOCKED\``,
    instead: `OR \${expired(keepSeconds)})\``,
  },
  {
    name: 'SQL: live output counts with any token',
    file: LOGS,
    part: ` AND a.token = \${lease.token}\n`,
    instead: '\n',
  },
  {
    name: 'SQL: the last pinned image wins, not the first',
    file: 'apps/private-api/src/store/task-store.ts',
    part: `pinned_image = coalesce(pinned_image, \${image})`,
    instead: `pinned_image = \${image}`,
  },
];
