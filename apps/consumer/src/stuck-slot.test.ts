import { basename, dirname, join } from 'node:path';
import type { Disk } from '@inference/disk';
import { newId } from '@inference/domain';
import { createInProcessQueue } from '@inference/queue';
import { ATTEMPTS, type RunEnd } from '@inference/runtime';
import { createLog } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from './deps.ts';
import { JOURNAL } from './journal/attempt-journal.ts';
import type { Stage } from './journal/journal-entry.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { Board } from './testing/board.ts';
import { openLane, POOL, settled } from './testing/open-lane.ts';

const LOST: RunEnd = { kind: 'failed', failure: { class: 'infrastructure', reason: 'Docker did not answer within 10 s.' }, mayLive: true };

async function setup(slots: number, outlivesUs = false) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const [board, clock] = [new Board(), new FakeClock()];
  const { deps, lane, stage, open } = await openLane(board, createInProcessQueue(), { slots, clock, log, outlivesUs });
  let isHung = true;
  let tries = 0;
  stage.release = async () => {
    tries += 1;
    if (isHung) throw new Error('Docker did not list containers within 10 s.');
  };
  stage.failures.push(LOST);
  const heal = () => {
    isHung = false;
  };
  return { board, clock, deps: deps as Deps & { disk: Disk }, lane, stage, open, lines, heal, tries: () => tries };
}

describe('a slot whose model may still live', () => {
  it('stays taken, though the attempt is reported, until that is surely gone; and says so once', async () => {
    const { board, clock, lane, stage, open, lines, heal, tries } = await setup(1);
    board.add();
    board.add();
    await open();
    await stage.endOne();
    await until('the report', () => board.outcomes.length === 1);
    await until('a try to remove it', () => tries() === 1);
    await settled();
    expect([board.outcomes, board.claims.length, lane.trouble()]).toEqual([['fail'], 1, expect.stringContaining('cannot be removed yet')]);
    for (let count = 2; count <= 4; count++) {
      clock.advance(60_000);
      await until('another try', () => tries() === count);
      await settled();
    }
    lane.wake();
    await settled();
    expect(board.claims).toHaveLength(1);
    heal();
    clock.advance(60_000);
    await until('the next claim', () => board.claims.length === 2);
    expect(lane.trouble()).toBeNull();
    await stage.endOne();
    await until('the next outcome', () => board.outcomes.length === 2);
    expect(lines.filter((line) => line.includes('slot'))).toEqual([
      expect.stringContaining('stays taken'),
      expect.stringContaining('free again'),
    ]);
  });

  it('is noted no more, though its report is not heard yet: the next process would take what becomes of the model for its own end', async () => {
    const { board, deps, stage, open, heal } = await setup(1, true);
    heal();
    const heard = Promise.withResolvers<void>();
    board.reportGate = heard.promise;
    const uid = board.add();
    await open();
    const note = join(deps.workFolder, ATTEMPTS, `${uid}-1`, JOURNAL);
    const isNoted = async () => (await deps.disk.find(note)) !== null;
    await until('the note', isNoted);
    await stage.endOne();
    await until('the report', () => board.reports === 1);
    expect(await isNoted()).toBe(false);
    heard.resolve();
    await until('its outcome', () => board.outcomes.length === 1);
  });

  it('keeps its folder from a sweep: the model may still write there', async () => {
    const { board, deps, lane, stage, open, tries } = await setup(1);
    const uid = board.add();
    await open();
    await stage.endOne();
    await until('a try to remove it', () => tries() === 1);
    await until('the report', () => board.outcomes.length === 1);
    await settled();
    expect(lane.running()).toEqual([]);
    await new OrphanSweep(deps, [lane]).loop.runOnce();
    expect(await deps.disk.list(join(deps.workFolder, ATTEMPTS))).toEqual([`${uid}-1`]);
  });

  it('is free once nothing lives any more, though its folder cannot be removed', async () => {
    const { board, deps, stage, open, lines, heal } = await setup(1);
    heal();
    const { disk } = deps;
    const isAttempt = (path: string) => basename(dirname(path)) === ATTEMPTS;
    deps.disk = { ...disk, remove: (path) => (isAttempt(path) ? Promise.reject(new Error('a disk fault')) : disk.remove(path)) };
    board.add();
    board.add();
    await open();
    await stage.endOne();
    await until('the next claim', () => board.claims.length === 2);
    await stage.endOne();
    await until('the next outcome', () => board.outcomes.length === 2);
    expect(lines).toContain('what an attempt left in its folder is removed by a later sweep');
  });

  it('stays taken, too, where an earlier process was starting the model, and none is found: an engine that hung may start it yet', async () => {
    const { board, clock, lane, stage, heal, tries } = await setup(1);
    stage.isGone = true;
    const claimed = { ...new Board().attempt({ uid: newId(), gpuUuids: [] }), token: newId() };
    const left: Stage = { kind: 'started', image: null, startedUptimeMs: 0 };
    lane.adopt({ machineBootId: 'machine-boot', pool: POOL, claimed, adoptions: 0, stage: left });
    await until('a try to remove it', () => tries() === 1);
    board.add();
    lane.setOpen(true);
    lane.wake();
    await settled();
    expect([board.outcomes, board.claims.length]).toEqual([['fail'], 0]);
    heal();
    clock.advance(60_000);
    await until('the next claim', () => board.claims.length === 1);
    await stage.endOne();
    await until('its outcome', () => board.outcomes.length === 2);
  });

  it('leaves the other slots their work', async () => {
    const { board, lane, stage, open, tries } = await setup(2);
    for (let count = 0; count < 4; count++) board.add();
    await open();
    await stage.endOne();
    await until('a try to remove it', () => tries() === 1);
    // One after the other, in the other slot.
    for (let count = 2; count <= 4; count++) {
      await stage.endOne();
      await until('its outcome', () => board.outcomes.length === count);
    }
    expect(lane.trouble()).toBeNull();
    // What the last one left goes before the folder of this test does.
    lane.handBack();
    await lane.idle();
  });

  it('keeps no consumer from ending that is told to', async () => {
    const { board, lane, stage, open, tries } = await setup(1);
    board.add();
    await open();
    await stage.endOne();
    await until('a try to remove it', () => tries() === 1);
    lane.handBack();
    await lane.idle();
    expect(board.outcomes).toEqual(['fail']);
  });
});
