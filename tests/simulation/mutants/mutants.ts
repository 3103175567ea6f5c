import type { Mutant } from './mutant.ts';

const FILE_STORE = 'packages/files/src/disk-file-store.ts';
const SUBMIT = 'apps/private-api/src/services/submit-task.ts';

/** What the simulator must see. Each is a line of the real source, changed in a copy of it; there is no switch in the product. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a file has its name before its content was synced',
    file: FILE_STORE,
    part: '    await writer.finish();\n    await file.sync();\n',
    instead: '    await writer.finish();\n',
  },
  {
    name: 'the folder is not synced after a file got its name',
    file: FILE_STORE,
    part: '        await this.#disk.rename(path, target);\n        await this.#disk.syncFolder(dirname(target));\n        return { key',
    instead: '        await this.#disk.rename(path, target);\n        return { key',
  },
  {
    name: 'the folders of a new file store are not synced',
    file: FILE_STORE,
    part: '  await disk.syncFolder(root);\n',
    instead: '',
  },
  {
    name: 'a task is accepted before its commit',
    file: SUBMIT,
    part: 'isMade = await insert(deps, task, note);',
    instead: 'isMade = true;\n    void insert(deps, task, note).catch(() => {});',
  },
  {
    name: 'the input goes though its task may have been made',
    file: SUBMIT,
    part: "    if (fault === 'duplicate' || fault === 'full') await deps.files.delete(input.key);\n",
    instead: '    await deps.files.delete(input.key);\n',
  },
  {
    name: 'the name that a client gives a task is forgotten',
    file: SUBMIT,
    part: 'const task = { uid, ...sender, modelId',
    instead: 'const task = { uid, ...sender, clientKey: null, modelId',
  },
  {
    name: 'files without a row are removed at once',
    file: 'apps/private-api/src/loops/delete-old-files.ts',
    part: 'const ORPHAN_AGE_MS = 24 * 3_600_000;',
    instead: 'const ORPHAN_AGE_MS = 0;',
  },
  {
    name: 'a lease expires at the first look',
    file: 'apps/private-api/src/loops/expire-leases.ts',
    part: 'export const LOOKS = 6;',
    instead: 'export const LOOKS = 1;',
  },
  {
    name: 'a lease expires by its age, not by silence',
    file: 'apps/private-api/src/loops/expire-leases.ts',
    part: 'before !== undefined && before.heartbeat === lease.heartbeat ?',
    instead: 'before !== undefined ?',
  },
  {
    name: 'faults are tried again without a budget',
    file: 'packages/domain/src/retry-policy.ts',
    part: "  if (before >= (isOurs ? INFRASTRUCTURE_RETRIES_MAX : attempt.modelRetriesMax)) return { event: 'give_up' };\n",
    instead: '',
  },
  {
    name: 'faults are tried again without a back-off',
    file: 'packages/domain/src/retry-policy.ts',
    part: 'delayMs: Math.round(backoffMs * random)',
    instead: 'delayMs: 0',
  },
  {
    name: 'what is left of earlier starts is not swept',
    file: 'apps/consumer/src/orphan-sweep.ts',
    part: '    const gone = await runtime.sweep(this.#lanes.flatMap((lane) => lane.running()));\n',
    instead: '    const gone = 0;\n',
  },
  {
    name: 'a model that hangs is not stopped',
    file: 'apps/consumer/src/steps/run-model.ts',
    part: "() => stop('timeout')",
    instead: '() => {}',
  },
  {
    name: 'a model that does nothing is not stopped',
    file: 'apps/consumer/src/steps/run-model.ts',
    part: 'await work(stopping.signal, stop)',
    instead: 'await work(stopping.signal, () => {})',
  },
  {
    name: 'a model that was told to end is gone on with',
    file: 'apps/consumer/src/steps/forget-then-stop.ts',
    part: '    await journal.forget();\n',
    instead: '',
  },
  {
    name: 'of a model that ended before its consumer came back nobody learns the image',
    file: 'apps/consumer/src/run-attempt.ts',
    part: 'pinned: pinImage(deps, claimed, image, run.interrupter.signal)',
    instead: 'pinned: Promise.resolve()',
  },
  {
    name: 'notes of before a power cut are trusted',
    file: 'apps/consumer/src/journal/read-journals.ts',
    part: '  if (read.data.machineBootId !== machineBootId) return null;\n',
    instead: '',
  },
  {
    name: 'the files of a model have their name before they were synced',
    file: 'apps/consumer/src/model-files.ts',
    part: '    await syncBelow(disk, partial);\n',
    instead: '',
  },
  {
    name: 'a slot takes the next model while one runs',
    file: 'apps/consumer/src/slot.ts',
    part: 'return this.isFree || (this.#places.length === 1 && this.#isClosing);',
    instead: 'return true;',
  },
  {
    name: 'a model starts before the one in its slot has ended',
    file: 'apps/consumer/src/steps/run-model.ts',
    part: 'await Promise.race([place.free, aborted(interrupter.signal)]);',
    instead: '',
  },
  {
    name: 'a holder that is stale runs on',
    file: 'apps/consumer/src/keep-lease.ts',
    part: "if (reply === 'stale') interrupter.interrupt('stale');",
    instead: '',
  },
  {
    name: 'a cancel is not heard by who runs the task',
    file: 'apps/consumer/src/keep-lease.ts',
    part: "if (reply === 'stop') interrupter.interrupt('cancelled');",
    instead: '',
  },
  {
    name: 'a report is sent once, heard or not',
    file: 'apps/consumer/src/steps/report.ts',
    part: 'const TRIES_MAX = 60_000;',
    instead: 'const TRIES_MAX = 1;',
  },
  {
    name: 'no loop rings again, and none ends the leases of who is silent',
    file: 'apps/private-api/src/loops/all-loops.ts',
    part: '    ringDueTasks(deps),\n    expireLeases(deps),\n',
    instead: '',
  },
  {
    name: 'a ring that the broker refused counts as rung',
    file: 'apps/private-api/src/services/ring-pool.ts',
    part: '      return deps.store.forgetRing(taskUid);\n',
    instead: '',
  },
  {
    name: 'a claim that was not answered is forgotten',
    file: 'apps/consumer/src/http-control-plane/unanswered-claims.ts',
    part: 'const { claimId, faults } = this.#claims.get(pools) ?? { claimId: request.claimId, faults: 0 };',
    instead: 'const { claimId, faults } = { claimId: request.claimId, faults: 0 };',
  },
];
