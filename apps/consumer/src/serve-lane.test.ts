import { join } from 'node:path';
import { AppError, newId } from '@inference/domain';
import { createInProcessQueue, createRabbitQueue, type TaskQueue } from '@inference/queue';
import { ATTEMPTS } from '@inference/runtime';
import { createLog } from '@inference/service';
import { FakeClock, has, testRabbitMq, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { API_FAULT_MS } from './http-control-plane/is-api-fault.ts';
import { KEPT_MS } from './lane-slots.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { Board } from './testing/board.ts';
import { openLane, POOL, settled } from './testing/open-lane.ts';

const SILENT = createLog({ level: 'silent' });

describe('a lane', () => {
  it('claims when its pool is rung, and runs what it has claimed', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { open } = await openLane(board, queue, { atOnce: true });
    await open();
    await queue.ring(POOL, board.add());
    await until('the outcome', () => board.outcomes.length === 1);
    expect(board.outcomes).toEqual(['succeed']);
  });

  it('keeps for the next start, for a day, what an attempt made whose report met nothing but faults of the private API', async () => {
    const [board, clock] = [new Board(), new FakeClock()];
    const { deps, lane, open } = await openLane(board, createInProcessQueue(), { atOnce: true, clock });
    const fault = Promise.reject(new AppError('internal'));
    fault.catch(() => {});
    board.reportGate = fault;
    const uid = board.add();
    await open();
    await until('the attempt to be over', async () => {
      clock.advance(1_000);
      await settled();
      return lane.running().length === 0;
    });
    await lane.idle();
    expect(clock.monotonicMs()).toBeGreaterThan(API_FAULT_MS);
    const sweep = new OrphanSweep(deps, [lane]).loop;
    await sweep.runOnce();
    expect(await deps.disk.list(join(deps.workFolder, ATTEMPTS))).toEqual([`${uid}-1`]);
    clock.advance(KEPT_MS);
    await sweep.runOnce();
    expect(await deps.disk.list(join(deps.workFolder, ATTEMPTS))).toEqual([]);
  });

  it('has dealt with a ring only when its claim was answered', async () => {
    const board = new Board();
    const rings: Promise<void>[] = [];
    const inner = createInProcessQueue();
    const queue: TaskQueue = {
      ...inner,
      listen: (pool, onRing) =>
        inner.listen(pool, (uid) => {
          const dealt = onRing(uid);
          rings.push(dealt);
          return dealt;
        }),
    };
    const { open } = await openLane(board, queue, { slots: 2 });
    await open();
    await settled();
    const answer = Promise.withResolvers<void>();
    board.gate = answer.promise;
    await queue.ring(POOL, board.add());
    const [ring] = await until('the ring', () => rings.length > 0 && rings);
    let dealt = false;
    void ring?.then(() => {
      dealt = true;
    });
    await settled();
    expect(dealt).toBe(false);
    answer.resolve();
    await ring;
    expect(board.claims).toHaveLength(1);
  });

  it('leaves rings to others while its slots are full', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const full = await openLane(board, queue, { id: 'full' });
    await full.open();
    await queue.ring(POOL, board.add());
    await until('the claim', () => full.lane.running().length === 1);
    const idle = await openLane(board, queue, { id: 'idle', slots: 3 });
    await idle.open();
    for (let count = 1; count <= 3; count++) {
      await queue.ring(POOL, board.add());
      await until('the claim', () => board.claimedBy('idle') === count);
    }
    expect(board.claimedBy('full')).toBe(1);
  });

  it('gives the slot to the next model while outputs are collected, as long as these do not pile up', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const taken = Promise.withResolvers<void>();
    board.outputGate = taken.promise;
    const { open } = await openLane(board, queue, { atOnce: true });
    for (let count = 0; count < 5; count++) board.add();
    await open();
    await until('outputs on their way', () => board.outputs === 2);
    await settled();
    expect(board.claims).toHaveLength(2);
    taken.resolve();
    await until('all outcomes', () => board.outcomes.length === 5);
  });

  it('gives the slot to the next model while it is reported that one failed', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const heard = Promise.withResolvers<void>();
    board.reportGate = heard.promise;
    const { open, stage } = await openLane(board, queue);
    stage.failures.push({ kind: 'failed', failure: { class: 'model_error', reason: 'exit code 3' } });
    for (let count = 0; count < 2; count++) board.add();
    await open();
    await stage.endOne();
    await until('the next run', () => stage.started === 2);
    expect(board.outcomes).toEqual([]);
    heard.resolve();
    await stage.endOne();
    await until('all outcomes', () => board.outcomes.length === 2);
  });

  it('gets the next attempt ready while a model is about to end, and runs it only when that has ended', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { open, lane, stage } = await openLane(board, queue);
    for (let count = 0; count < 3; count++) board.add();
    await open();
    await until('the first run', () => stage.started === 1);
    stage.close();
    await until('the next attempt to be ready', () => stage.prepared === 2);
    await settled();
    expect([board.claims.length, stage.started]).toEqual([2, 1]);
    await stage.endOne();
    await until('the next run', () => stage.started === 2);
    expect(lane.running().length).toBeLessThanOrEqual(2);
    await stage.endOne();
    await stage.endOne();
    await until('all outcomes', () => board.outcomes.length === 3);
    expect(board.outcomes).toEqual(['succeed', 'succeed', 'succeed']);
  });

  it('hands the next attempt back when the model before it does not end after all, and asks for no other', async () => {
    const [board, queue, clock] = [new Board(), createInProcessQueue(), new FakeClock()];
    const { open, stage } = await openLane(board, queue, { clock });
    for (let count = 0; count < 3; count++) board.add();
    await open();
    await until('the first run', () => stage.started === 1);
    stage.close();
    await until('the next attempt to be ready', () => stage.prepared === 2);
    clock.advance(2_000);
    await until('the outcome', () => board.outcomes.length === 1);
    await settled();
    expect([board.outcomes, board.claims.length, stage.started]).toEqual([['hand_back'], 2, 1]);
    await stage.endOne();
    await until('the third claim', () => board.claims.length === 3);
  });

  it('claims by itself when a slot becomes free, and takes rings again when nothing is due', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { open, lane, stage } = await openLane(board, queue);
    board.add();
    await open();
    await until('the first run', () => lane.running().length === 1);
    board.add();
    await stage.endOne();
    await until('the second claim', () => board.claims.length === 2);
    await stage.endOne();
    await until('an empty lane', () => lane.running().length === 0);
    await queue.ring(POOL, board.add());
    await until('the third claim', () => board.claims.length === 3);
  });

  it('leaves rings to others while its runtime is not well', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const sick = await openLane(board, queue, { id: 'sick' });
    await sick.open();
    await settled();
    sick.lane.setOpen(false);
    const well = await openLane(board, queue, { id: 'well', slots: 4 });
    await well.open();
    for (let count = 1; count <= 4; count++) {
      await queue.ring(POOL, board.add());
      await until('the claim', () => board.claimedBy('well') === count);
    }
  });

  it('leaves rings to others from a claim that failed to one that is answered', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const one = await openLane(board, queue, { id: 'one', slots: 9 });
    await one.open();
    await settled();
    board.cutOff.add('one');
    const asked = board.asked;
    await queue.ring(POOL, newId());
    await until('the failed claim', () => board.asked > asked);
    const other = await openLane(board, queue, { id: 'other', slots: 4 });
    await other.open();
    for (let count = 1; count <= 4; count++) {
      await queue.ring(POOL, board.add());
      await until('the claim', () => board.claimedBy('other') === count);
    }
    board.cutOff.clear();
    one.lane.wake();
    await settled();
    await queue.ring(POOL, board.add());
    await until('the claim', () => board.claimedBy('one') === 1);
  });

  it('asks again by itself after a claim that was not answered', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { open } = await openLane(board, queue, { id: 'one' });
    board.cutOff.add('one');
    await open();
    board.cutOff.clear();
    board.add();
    await until('the claim', () => board.claimedBy('one') === 1);
  });

  it('says once that claims are not answered, and once that they are again', async () => {
    const lines: string[] = [];
    const told = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { lane, open } = await openLane(board, queue, { id: 'one', log: told });
    await open();
    await settled();
    board.cutOff.add('one');
    for (let looks = 0; looks < 3; looks++) {
      lane.wake();
      await settled();
    }
    board.cutOff.clear();
    lane.wake();
    await settled();
    expect(lines).toEqual(['a claim failed; trying again all the time', 'claims are answered again']);
  });

  it('claims nothing any more once it was told so, whatever happens', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const { open, lane, stage } = await openLane(board, queue);
    board.add();
    await open();
    await until('the first run', () => lane.running().length === 1);
    await lane.stopClaiming();
    await queue.ring(POOL, board.add());
    await stage.endOne();
    await until('an empty lane', () => lane.running().length === 0);
    lane.setOpen(true);
    lane.wake();
    await settled();
    expect(board.claims).toHaveLength(1);
  });

  it('hands back what it gets for a claim that was under way when it handed everything back', async () => {
    const [board, queue] = [new Board(), createInProcessQueue()];
    const answer = Promise.withResolvers<void>();
    board.gate = answer.promise;
    board.add();
    const { open, lane } = await openLane(board, queue);
    await open();
    lane.handBack();
    answer.resolve();
    await until('the outcome', () => board.outcomes.length > 0);
    expect(board.outcomes).toEqual(['hand_back']);
  });

  it.skipIf(!has('rabbitmq'))('shares 200 tasks with two others over RabbitMQ, none under a fifth of its fair share', async () => {
    const broker = await testRabbitMq();
    const board = new Board();
    const opened = async () => {
      const queue = createRabbitQueue({ ...broker, log: SILENT });
      onTestFinished(() => queue.close());
      await until('the connection', () => queue.health().ok);
      return queue;
    };
    const ids = ['one', 'two', 'three'];
    for (const id of ids) await (await openLane(board, await opened(), { id, slots: 2, atOnce: true })).open();
    const ringer = await opened();
    const uids = Array.from({ length: 200 }, () => board.add());
    await Promise.all(uids.map((uid) => ringer.ring(POOL, uid)));
    await until('all outcomes', () => board.outcomes.length === uids.length);
    expect(board.claims.map(({ taskUid }) => taskUid).toSorted()).toEqual(uids.toSorted());
    for (const id of ids) expect(board.claimedBy(id)).toBeGreaterThanOrEqual(uids.length / ids.length / 5);
  });
});
