import { describe, expect, it } from 'vitest';
import type { Tables } from '../tables.ts';
import { brokenInvariants } from './broken-invariants.ts';
import { claimsRespectLimits } from './claims-respect-limits.ts';
import { ATTEMPTS, happened, soundTables, TASK } from './sound-tables.ts';

const [first, second] = [ATTEMPTS[0]!, ATTEMPTS[1]!];
const piece = { id: 1, task_id: 1, attempt: 2, stream: 'stdout', offset: 0, text: 'line\n', open: false, at: TASK.created_at };
const lease = {
  id: 1,
  device_uuid: 'gpu-0',
  task_id: 1,
  attempt: 1,
  consumer_id: 'c1',
  boot_id: 'b1',
  taken_at: TASK.created_at,
  ended_at: null,
};
const TWO_CLAIMS = happened('submitted', 'claimed 1', 'claimed 1').map((event, at) => (at === 2 ? { ...event, task_id: 2 } : event));
const waiting = { ...TASK, state: 'queued', output_key: null, output_bytes: null, output_sha256: null, finished_at: null };
const cancelled = { ...waiting, state: 'cancelled', finished_at: TASK.finished_at };

const BROKEN: readonly [string, string, Partial<Tables>][] = [
  ['attemptsAreClaims', 'an attempt that nobody claimed', { event: happened('submitted', 'claimed 1', 'queued 1', 'succeeded 1') }],
  ['attemptsAreClaims', 'a number that was given twice', { attempt: [first, first] }],
  ['oneOpenAttempt', 'an attempt that goes on after the end', { attempt: [first, { ...second, ended_at: null, outcome: null }] }],
  ['oneOpenAttempt', 'a running task whose attempts are all over', { task: [{ ...waiting, state: 'running' }] }],
  ['oneOpenAttempt', 'a token that was given twice', { attempt: [first, { ...second, token: first.token }] }],
  [
    'oldAttemptsAreSilent',
    'a report of an older attempt',
    { event: happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'failed 1') },
  ],
  ['eventsReplayToRow', 'a row that is elsewhere', { task: [waiting] }],
  ['eventsReplayToRow', 'an event that could not happen', { event: happened('submitted', 'claimed 1', 'claimed 2', 'succeeded 2') }],
  ['eventsReplayToRow', 'an event that nobody knows', { event: happened('submitted', 'vanished') }],
  [
    'finalStatesAbsorb',
    'something after the end',
    { event: happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'failed 2', 'succeeded 2') },
  ],
  [
    'finalStatesAbsorb',
    'a requeue of what succeeded',
    { event: happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'succeeded 2', 'requeued') },
  ],
  [
    'cancelIsKept',
    'a success after a cancel',
    { event: happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'cancelling', 'succeeded 2') },
  ],
  [
    'cancelIsKept',
    'a success after its user deleted it',
    { event: happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'deleted', 'succeeded 2') },
  ],
  ['claimsWait', 'a claim before the back-off was over', { task: [{ ...TASK, available_at: '2026-01-01T00:00:00.001Z' }] }],
  [
    'claimsRespectLimits',
    'a claim where as many of the model run as may',
    { model: [{ id: 1, running_max: 1 } as Tables['model'][number]], task: [TASK, { ...TASK, id: 2, uid: 'two' }], event: TWO_CLAIMS },
  ],
  ['devicesAreNotShared', 'a device with two holders', { device_lease: [lease, { ...lease, id: 2, attempt: 2 }] }],
  ['devicesAreNotShared', 'a device of another machine than its attempt is on', { device_lease: [{ ...lease, consumer_id: 'c2' }] }],
  ['successIsRecorded', 'a hash that the attempt did not report', { attempt: [first, { ...second, output_sha256: 'b'.repeat(64) }] }],
  ['successIsRecorded', "another attempt's file", { task: [{ ...TASK, output_key: TASK.output_key!.replace('.2.', '.1.') }] }],
  ['successIsRecorded', 'an output without a success', { task: [{ ...cancelled, output_key: TASK.output_key }] }],
  ['logsDoNotOverlap', 'a piece that begins within another', { log_piece: [piece, { ...piece, id: 2, offset: 3 }] }],
  [
    'logsDoNotOverlap',
    'a piece after an open one at its place',
    {
      log_piece: [
        { ...piece, open: true },
        { ...piece, id: 2 },
      ],
    },
  ],
  ['purgedIsEmpty', 'a log that stayed', { task: [{ ...TASK, purged_at: TASK.created_at }], log_piece: [piece] }],
  [
    'purgedIsEmpty',
    'last lines that stayed',
    { task: [{ ...TASK, purged_at: TASK.created_at }], attempt: [first, { ...second, stderr_tail: ['a'] }] },
  ],
  [
    'purgedIsEmpty',
    'labels of a deleted task',
    { task: [{ ...TASK, purged_at: TASK.created_at, deleted_at: TASK.created_at, labels: { of: 'a patient' } }] },
  ],
  ['purgedIsEmpty', 'a task that was purged while it waited', { task: [{ ...waiting, purged_at: TASK.created_at }] }],
];

describe('the invariants', () => {
  it('find nothing in sound tables', () => {
    const files = new Map([
      [TASK.input_key, { bytes: 10, sha256: TASK.input_sha256 }],
      [TASK.output_key!, { bytes: 20, sha256: TASK.output_sha256! }],
    ]);
    expect(brokenInvariants(soundTables(), files)).toEqual([]);
  });

  it.each(BROKEN)('%s: sees %s', (name, _, changes) => {
    expect(brokenInvariants(soundTables(changes)).map((text) => text.split(':')[0])).toContain(name);
  });

  it.each([
    ['gone', new Map()],
    ['not whole', new Map([[TASK.input_key, null]])],
    ['another file', new Map([[TASK.input_key, { bytes: 11, sha256: TASK.input_sha256 }]])],
  ])('see a file that is %s', (what, files) => {
    expect(brokenInvariants(soundTables(), files).join()).toContain(`filesAgree: the input of task 1 is ${what}`);
  });

  it('allow a claim once another task of the model has ended', () => {
    const model = [{ id: 1, running_max: 1 } as Tables['model'][number]];
    const tables = soundTables({ model });
    expect(brokenInvariants(tables)).toEqual([]);
    const ended = happened('submitted', 'claimed 1', 'queued 1', 'claimed 1').map((event, at) =>
      at === 3 ? { ...event, task_id: 2 } : event,
    );
    expect(claimsRespectLimits({ ...tables, task: [TASK, { ...TASK, id: 2 }], event: ended })).toEqual([]);
  });

  it('allow that a device has one holder after the other', () => {
    const device_lease = [
      { ...lease, ended_at: TASK.created_at },
      { ...lease, id: 2, attempt: 2 },
    ];
    expect(brokenInvariants(soundTables({ device_lease }))).toEqual([]);
  });

  it('allow the renewal of a holder that was thought lost, which is no event', () => {
    const event = happened('submitted', 'claimed 1', 'queued 1', 'claimed 2', 'queued 2', 'queued 2', 'succeeded 2');
    expect(brokenInvariants(soundTables({ event }))).toEqual([]);
  });

  it('allow that an operator puts a failed task back', () => {
    const event = happened('submitted', 'claimed 1', 'failed 1', 'requeued', 'claimed 2', 'succeeded 2', 'deleted');
    expect(brokenInvariants(soundTables({ event }))).toEqual([]);
  });
});
