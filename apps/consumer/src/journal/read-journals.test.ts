import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import { type Disk, nodeDisk } from '@inference/disk';
import { MODEL_LIMITS, newId, systemClock, UNKNOWN_USAGE } from '@inference/domain';
import { ATTEMPTS, folderName } from '@inference/runtime';
import { createLog } from '@inference/service';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { AttemptJournal, JOURNAL } from './attempt-journal.ts';
import type { Stage } from './journal-entry.ts';
import { readJournals } from './read-journals.ts';

const STARTED: Stage = { kind: 'started', image: 'echo@sha256:1', startedUptimeMs: 5_000 };
const ENDED: Stage = {
  ...{ kind: 'ended', image: 'echo@sha256:1', warnings: ['odd'] },
  ...{ tails: { stdout: ['a'], stderr: [] }, usage: { ...UNKNOWN_USAGE, runMs: 7 } },
};
const FAILED: Stage = {
  ...{ kind: 'failed', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } },
  ...{ image: null, tails: { stdout: [], stderr: ['b'] }, usage: UNKNOWN_USAGE },
};

async function setup() {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const deps = { disk: nodeDisk as Disk, clock: systemClock, log, workFolder: await testFolder(), machineBootId: 'this-start' };
  const claimed: ClaimedAttempt = {
    taskUid: newId(),
    attempt: 2,
    token: newId(),
    model: {
      uid: newId(),
      humanReadableId: 'echo',
      source: { kind: 'image', image: 'echo:1' },
      useGpu: true,
      zip: null,
      loosened: [],
      limits: MODEL_LIMITS,
    },
    pinnedImage: null,
    gpuUuids: ['GPU-1'],
    input: { bytes: 1, sha256: '0'.repeat(64) },
  };
  const folder = join(deps.workFolder, ATTEMPTS, folderName(claimed));
  await nodeDisk.makeFolder(folder);
  const about = { pool: 'docker-gpu' as const, claimed, adoptions: 0 };
  const note = async (stage: Stage, over: object = {}, others: object = {}) => {
    const journal = new AttemptJournal({ ...deps, ...others }, { ...about, ...over });
    journal.note(stage);
    await journal.settled();
  };
  return { deps, about, claimed, path: join(folder, JOURNAL), note, lines };
}

it('reads back all that was noted of an attempt, the newest stage', async () => {
  const { deps, about, claimed, note } = await setup();
  expect(await readJournals(deps)).toEqual([]);
  await note(STARTED);
  expect(await readJournals(deps)).toEqual([{ ...about, machineBootId: 'this-start', stage: STARTED }]);
  for (const stage of [ENDED, FAILED]) {
    await note(stage);
    expect(await readJournals(deps)).toEqual([{ ...about, claimed, machineBootId: 'this-start', stage }]);
  }
});

it('names what was started last first', async () => {
  const { deps, claimed, note } = await setup();
  const other = { ...claimed, taskUid: newId() };
  await nodeDisk.makeFolder(join(deps.workFolder, ATTEMPTS, folderName(other)));
  for (const [older, newer] of [
    [claimed, other],
    [other, claimed],
  ] as const) {
    await note(STARTED, { claimed: older });
    await note({ ...STARTED, startedUptimeMs: 6_000 }, { claimed: newer });
    expect((await readJournals(deps)).map(({ claimed: { taskUid } }) => taskUid)).toEqual([newer.taskUid, older.taskUid]);
  }
});

it('reads nothing of an attempt that was forgotten, but what is noted after that', async () => {
  const { deps, about } = await setup();
  const journal = new AttemptJournal(deps, about);
  journal.note(STARTED);
  await journal.forget();
  expect(await readJournals(deps)).toEqual([]);
  journal.note(ENDED);
  await journal.settled();
  expect((await readJournals(deps)).map(({ stage }) => stage.kind)).toEqual(['ended']);
});

it('waits for a disk that hangs no longer than a second before a model is stopped', async () => {
  const { deps, about } = await setup();
  const waits: Array<[number, () => void]> = [];
  const after = (ms: number, tick: () => void) => {
    waits.push([ms, tick]);
    return () => {};
  };
  const clock = { ...systemClock, after };
  const disk = { ...nodeDisk, remove: () => new Promise<void>(() => {}) };
  const forgotten = new AttemptJournal({ ...deps, clock, disk }, about).forget();
  const [[ms, tick] = [0, () => {}]] = waits;
  expect(ms).toBe(1_000);
  tick();
  await forgotten;
});

it('notes stages in their order, however they are told', async () => {
  const { deps, about } = await setup();
  const journal = new AttemptJournal(deps, about);
  for (let count = 0; count < 20; count++) journal.note({ ...STARTED, startedUptimeMs: count });
  journal.note(ENDED);
  await journal.settled();
  expect((await readJournals(deps)).map(({ stage }) => stage.kind)).toEqual(['ended']);
});

it('counts nothing that was noted before the machine was started again', async () => {
  const { deps, note } = await setup();
  await note(ENDED);
  expect(await readJournals({ ...deps, machineBootId: 'next-start' })).toEqual([]);
});

it.each(['', '{', '{"stage":{}}', 'null'])('leaves out what cannot be read, and says so: %j', async (text) => {
  const { deps, path, lines } = await setup();
  await writeFile(path, text);
  expect(await readJournals(deps)).toEqual([]);
  expect(lines.join()).toContain('cannot be read');
});

it('leaves out what is another attempt’s', async () => {
  const { deps, note, path, lines } = await setup();
  await note(STARTED);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"attempt":2', '"attempt":3'));
  expect(await readJournals(deps)).toEqual([]);
  expect(lines.join()).toContain('cannot be read');
});

it('gives an attempt up that ten processes have not survived', async () => {
  const { deps, note, lines } = await setup();
  await note(STARTED, { adoptions: 9 });
  expect(await readJournals(deps)).toHaveLength(1);
  await note(STARTED, { adoptions: 10 });
  expect(await readJournals(deps)).toEqual([]);
  expect(lines.join()).toContain('outlived too many');
});

it('goes on without a note that cannot be written, says so, and keeps the one before', async () => {
  const { deps, note, lines } = await setup();
  await note(STARTED);
  const full: Partial<Disk> = { create: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) };
  await note(ENDED, {}, { disk: { ...nodeDisk, ...full } });
  expect(lines.join()).toContain('could not be noted');
  expect((await readJournals(deps)).map(({ stage }) => stage.kind)).toEqual(['started']);
});

it('keeps the token of the lease from other users', async () => {
  const { note, path } = await setup();
  await note(STARTED);
  const { mode } = await stat(path);
  expect(mode & 0o077).toBe(0);
});
