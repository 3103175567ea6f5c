import { expect, it } from 'vitest';
import { RetriesWait } from './retries-wait.ts';
import { ATTEMPTS, soundTables, TASK } from './sound-tables.ts';

const failed = { ...ATTEMPTS[0]!, outcome: 'fail' };
const LATER = '2026-01-01T00:00:01.000Z';

/** What is broken once these tasks were seen, each with what is special about it. */
function brokenBy(...tasks: readonly { available_at?: string; infrastructure_faults?: number; outcome?: string }[]): string {
  const invariant = new RetriesWait();
  for (const [id, { outcome = 'fail', ...task }] of tasks.entries())
    invariant.see(soundTables({ task: [{ ...TASK, ...task, id, state: 'queued' }], attempt: [{ ...failed, task_id: id, outcome }] }));
  return invariant.broken().join();
}

it('is broken where several faults, and all of them, were tried again at once', () => {
  expect(brokenBy({}, {}, {})).toContain('3 faults');
  expect(brokenBy({}, {}, { available_at: LATER })).toBe('');
  expect(brokenBy({}, {})).toBe('');
});

it('leaves out what is rightly tried at once: a holder that fell silent once, what was handed back, and requeues', () => {
  expect(brokenBy({}, {}, { outcome: 'lost' })).toBe('');
  expect(brokenBy({}, {}, { outcome: 'lost', infrastructure_faults: 2 })).not.toBe('');
  expect(brokenBy({}, {}, { outcome: 'hand_back' })).toBe('');
  expect(brokenBy({}, {}, { infrastructure_faults: 0 })).toBe('');
});
