import { newId, UNKNOWN_USAGE } from '@inference/domain';
import { createInProcessQueue } from '@inference/queue';
import type { RunEnd } from '@inference/runtime';
import { createLog } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { DeviceWatch } from './device-watch.ts';
import type { Stage as Come } from './journal/journal-entry.ts';
import { Board } from './testing/board.ts';
import { openLane, settled } from './testing/open-lane.ts';

const OURS = ['GPU-a', 'GPU-b', 'GPU-c', 'GPU-d'];
const LOST: RunEnd = { kind: 'failed', failure: { class: 'infrastructure', reason: 'Docker did not answer within 10 s.' }, mayLive: true };
const BROKEN: RunEnd = { kind: 'failed', failure: { class: 'model_error', reason: 'It broke.' } };

async function setup() {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const [board, clock] = [new Board(), new FakeClock()];
  const gpu = { pool: 'docker-gpu', gpuUuids: OURS, slots: OURS.length } as const;
  return { board, clock, lines, ...(await openLane(board, createInProcessQueue(), { ...gpu, clock, log })) };
}

/** What the process before this one has noted of an attempt. */
function noted(gpuUuids: readonly string[], stage: Come, uid = newId()) {
  const claimed = { ...new Board().attempt({ uid, gpuUuids }), token: newId() };
  return { machineBootId: 'machine-boot', pool: 'docker-gpu' as const, claimed, adoptions: 0, stage };
}
const STARTED: Come = { kind: 'started', image: null, startedUptimeMs: 0 };
const ENDED: Come = { kind: 'ended', image: null, warnings: [], tails: { stdout: [], stderr: [] }, usage: UNKNOWN_USAGE };
const FAILED: Come = { ...ENDED, kind: 'failed', failure: { class: 'model_error', reason: 'exit code 3' } };

describe('a lane of GPUs', () => {
  it('runs each attempt on the GPUs that came with its claim, whichever and however many', async () => {
    const { board, stage, open } = await setup();
    board.add(['GPU-d']);
    board.add(['GPU-b', 'GPU-a']);
    await open();
    await until('two models', () => stage.started === 2);
    expect(stage.orders.map(({ gpuUuids }) => gpuUuids.join()).toSorted()).toEqual(['GPU-b,GPU-a', 'GPU-d']);
  });

  it('runs nothing that it has called gone: its GPUs may be given to others', async () => {
    const { board, stage, lane, open, lines } = await setup();
    const uid = board.add(['GPU-a']);
    lane.giveUp([{ taskUid: uid, attempt: 1 }]);
    await open();
    await until('the outcome', () => board.failed.length === 1);
    expect([board.failed, stage.started, board.freed]).toEqual([['infrastructure'], 0, ['GPU-a']]);
    expect(lines.join()).toContain('after it had been called gone');
  });

  it('asks for no more work while all GPUs are held, though slots are free', async () => {
    const { board, stage, lane, open } = await setup();
    board.add(OURS);
    await open();
    await until('the model', () => stage.started === 1);
    board.add(['GPU-a']);
    const { asked } = board;
    lane.wake();
    await settled();
    expect([board.asked, board.claims.length]).toEqual([asked, 1]);
    await stage.endOne();
    await until('the next claim', () => board.claims.length === 2);
  });

  it('claims nothing behind a model that is about to end: its GPUs are not free yet', async () => {
    const { board, stage, open } = await setup();
    for (const uuid of OURS) board.add([uuid]);
    await open();
    await until('all models', () => stage.started === OURS.length);
    board.add(['GPU-a']);
    stage.close();
    await settled();
    expect(board.claims).toHaveLength(OURS.length);
  });

  it.each([
    ['of others', ['GPU-a', 'GPU-z']],
    ['that it does not have, as it has none', []],
  ])(
    'does not run an attempt with GPUs %s: it fails as a fault of the machine, gives back what it had, and the log says why',
    async (_what, uuids) => {
      const { board, stage, lines, open } = await setup();
      board.add(uuids);
      await open();
      await until('the outcome', () => board.outcomes.length === 1);
      expect([board.outcomes, stage.prepared, board.freed]).toEqual([['fail'], 0, uuids]);
      expect(lines.join()).toContain('cannot have the GPUs that it was claimed with');
    },
  );

  it('does not run two attempts on one GPU, whatever it is told', async () => {
    const { board, stage, open } = await setup();
    board.add(['GPU-a']);
    board.add(['GPU-b', 'GPU-a']);
    await open();
    await until('the model of the first', () => stage.started === 1);
    await until('the outcome of the second', () => board.outcomes.length === 1);
    await settled();
    expect([board.outcomes, stage.prepared, board.freed]).toEqual([['fail'], 1, ['GPU-b', 'GPU-a']]);
  });

  it('tells that GPUs are free as soon as the model has ended, not only when its output is stored, and then asks for work', async () => {
    const { board, stage, open } = await setup();
    const stored = Promise.withResolvers<void>();
    board.outputGate = stored.promise;
    board.add(['GPU-a', 'GPU-b']);
    await open();
    const { asked } = board;
    await stage.endOne();
    await until('the word', () => board.freed.length === 2);
    await until('the next question', () => board.asked > asked);
    expect([board.outcomes, board.freed]).toEqual([[], ['GPU-a', 'GPU-b']]);
    stored.resolve();
    await until('the outcome', () => board.outcomes.length === 1);
    await settled();
    expect(board.freeTries).toBe(1);
  });

  it('tells it of models that failed and that were stopped, too, before that is reported', async () => {
    const { board, stage, lane, open } = await setup();
    const heard = Promise.withResolvers<void>();
    board.reportGate = heard.promise;
    stage.failures.push(BROKEN);
    board.add(['GPU-a']);
    board.add(['GPU-b']);
    await open();
    await until('both models', () => stage.started === 2);
    await stage.endOne();
    await until('the word', () => board.freed.length === 1);
    lane.handBack();
    await until('the other word', () => board.freed.length === 2);
    expect(board.outcomes).toEqual([]);
    heard.resolve();
    await lane.stopClaiming();
    await lane.idle();
    expect([board.outcomes, board.freed.toSorted()]).toEqual([
      ['fail', 'hand_back'],
      ['GPU-a', 'GPU-b'],
    ]);
  });

  it('takes what a model says that cannot use its GPU for a fault of this machine, and looks at the GPUs at once', async () => {
    const { board, clock, deps, stage, open } = await setup();
    const list = vi.fn(async () => []);
    const source = { list, memoryUsed: async () => new Map() };
    Object.assign(deps, { devices: new DeviceWatch([], { source, clock, log: deps.log }) });
    for (const says of ['Failed to initialize NVML: Unknown Error\n', 'It is my own fault.\n']) {
      stage.says = says;
      stage.failures.push(BROKEN);
      const { length } = board.outcomes;
      board.add(['GPU-a']);
      await open();
      await stage.endOne();
      await until('the outcome', () => board.outcomes.length === length + 1);
    }
    expect(board.failed).toEqual(['infrastructure', 'model_error']);
    expect(list).toHaveBeenCalledTimes(1);
  });

  it('tells it again while the private API is away, and holds no report up', async () => {
    const { board, clock, stage, open } = await setup();
    board.freeFault = new Error('away');
    board.add(['GPU-a']);
    await open();
    await stage.endOne();
    await until('the outcome', () => board.outcomes.length === 1);
    for (let count = 1; count <= 8; count++) {
      await until('another try', () => board.freeTries === count);
      await settled();
      clock.advance(10_000);
    }
    board.freeFault = null;
    clock.advance(10_000);
    await until('the word', () => board.freed.length === 1);
  });

  it('ends all the same when it cannot be told: the next start of the consumer tells', async () => {
    const { board, clock, stage, lane, lines, open } = await setup();
    board.freeFault = new Error('away');
    board.add(['GPU-a']);
    await open();
    await stage.endOne();
    await until('the outcome', () => board.outcomes.length === 1);
    let isIdle = false;
    await lane.stopClaiming();
    void lane.idle().then(() => {
      isIdle = true;
    });
    await settled();
    expect(isIdle).toBe(false);
    lane.handBack();
    await until('the end', () => {
      clock.advance(1_000);
      return isIdle;
    });
    expect(board.freeTries).toBeLessThan(10);
    expect(lines.join()).toContain('was not heard: the next start of this consumer tells');
  });

  it('keeps the GPUs of a model that may still live, and says in its hello that it holds it, until that is gone', async () => {
    const { board, clock, stage, lane, open } = await setup();
    let isHung = true;
    stage.release = async () => {
      if (isHung) throw new Error('Docker did not list containers within 10 s.');
    };
    stage.failures.push(LOST);
    const taskUid = board.add(OURS);
    board.add(['GPU-a']);
    await open();
    await stage.endOne();
    await until('the outcome', () => board.outcomes.length === 1);
    await settled();
    lane.wake();
    await settled();
    expect([board.freeTries, board.claims.length, lane.running()]).toEqual([0, 1, []]);
    expect(lane.holding().map((attempt) => attempt.taskUid)).toEqual([taskUid]);
    isHung = false;
    clock.advance(60_000);
    await until('the next claim', () => board.claims.length === 2);
    expect([board.freed, lane.holding().length]).toEqual([OURS, 1]);
  });

  it('goes on with an attempt of an earlier process on the GPUs that it had, which nobody else gets meanwhile', async () => {
    const { board, stage, lane, open } = await setup();
    expect(lane.adopt(noted(['GPU-c', 'GPU-b'], STARTED))).toBe(true);
    await until('its model', () => stage.started === 1);
    expect(stage.orders.map(({ gpuUuids }) => gpuUuids)).toEqual([['GPU-c', 'GPU-b']]);
    board.add(['GPU-b']);
    await open();
    await until('the outcome', () => board.outcomes.length === 1);
    expect([board.outcomes, stage.started]).toEqual([['fail'], 1]);
    await stage.endOne();
    await until('the word', () => board.freed.length === 3);
    expect(board.freed).toEqual(['GPU-b', 'GPU-c', 'GPU-b']);
  });

  it('goes on with none whose GPUs are not its own, or came without any as from an older version', async () => {
    const { lane } = await setup();
    expect([['GPU-z'], ['GPU-a', 'GPU-z'], []].map((gpuUuids) => lane.adopt(noted(gpuUuids, STARTED)))).toEqual([false, false, false]);
  });

  it.each([ENDED, FAILED])('tells of the GPUs of an attempt whose model had $kind before, whoever has them by now', async (before) => {
    const { board, stage, lane } = await setup();
    expect(lane.adopt(noted(['GPU-a'], before))).toBe(true);
    expect(lane.adopt(noted(['GPU-a'], STARTED))).toBe(true);
    await until('the model of the second', () => stage.started === 1);
    await until('the word of the first', () => board.freed.length === 1);
    await until('the outcome of the first', () => board.outcomes.length === 1);
    expect(board.freed).toEqual(['GPU-a']);
  });
});
