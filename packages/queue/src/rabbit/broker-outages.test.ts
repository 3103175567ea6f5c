import { newId } from '@inference/domain';
import { has, type RabbitMq, startRabbitMq, until } from '@inference/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { TaskQueue } from '../task-queue.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { createRabbitQueue } from './create-rabbit-queue.ts';

/** What a ring may take before it is given up, with some room for a busy machine, in milliseconds. */
const RING_LIMIT_MS = 4_000;
/** What a ring takes that does not wait, with some room for a busy machine, in milliseconds. */
const AT_ONCE_MS = 1_000;
const THERE = 'info: RabbitMQ is there and takes rings';

describe.skipIf(!has('rabbitmq'))('a queue whose RabbitMQ fails', () => {
  let broker: RabbitMq;
  let prefix = '';
  let tests = 0;
  beforeAll(async () => {
    broker = await startRabbitMq();
  });
  afterAll(() => broker.close());
  beforeEach(() => {
    prefix = `test.${++tests}.`;
  });

  function opened() {
    const { log, lines } = recordingLog();
    const queue = createRabbitQueue({ url: broker.url, log, prefix });
    onTestFinished(() => queue.close());
    const heard: string[] = [];
    const listen = () =>
      queue.listen('process', async (uid) => {
        heard.push(uid);
      });
    return { queue, lines, heard, listen };
  }

  const connected = (queue: TaskQueue) => until('the connection', () => queue.health().ok);
  /** How a ring ends, and how long that takes, in milliseconds. */
  const timedRing = async (queue: TaskQueue) => {
    const start = performance.now();
    const error = await queue.ring('process', newId()).then(
      () => null,
      (reason: Error) => reason.message,
    );
    return { error, ms: performance.now() - start };
  };

  it('is waited for by itself, said to be away once, and has kept what was rung before it stopped', async () => {
    const before = opened();
    await connected(before.queue);
    const uid = newId();
    await before.queue.ring('process', uid);
    await broker.stop();
    await until('the loss', () => !before.queue.health().ok);
    const { queue, lines, heard, listen } = opened();
    listen();
    await until('the first try', () => lines.length > 0);
    const { error, ms } = await timedRing(queue);
    expect(error).toBe(
      `RabbitMQ at 127.0.0.1:${broker.port} cannot be used (connect ECONNREFUSED 127.0.0.1:${broker.port}); trying again.`,
    );
    expect(ms).toBeLessThan(AT_ONCE_MS);
    expect(queue.health()).toEqual({ ok: false, reason: error });
    await broker.start();
    await until('the ring from before', () => heard.length > 0);
    await connected(before.queue);
    await before.queue.ring('process', newId());
    await until('a new ring', () => heard.length === 2);
    expect(heard[0]).toBe(uid);
    expect(lines.at(0)).toBe(`warn: ${error}`);
    expect(lines.at(-1)).toBe(THERE);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('hangs nowhere when it is killed under load, and hears rings again when it is back', async () => {
    const { queue, lines, heard, listen } = opened();
    await connected(queue);
    listen();
    let ringing = true;
    const slow: number[] = [];
    const outcomes = { rung: 0, failed: 0 };
    const load = Promise.all(
      Array.from({ length: 10 }, async () => {
        while (ringing) {
          const { error, ms } = await timedRing(queue);
          outcomes[error === null ? 'rung' : 'failed'] += 1;
          if (ms > RING_LIMIT_MS) slow.push(ms);
          await new Promise(setImmediate);
        }
      }),
    );
    await until('rings that are heard', () => heard.length > 50);
    await broker.stop('SIGKILL');
    await until('rings that fail', () => outcomes.failed > 0);
    await broker.start();
    const before = heard.length;
    await until('rings that are heard again', () => heard.length > before + 50);
    ringing = false;
    await load;
    expect(slow).toEqual([]);
    expect(lines.filter((line) => line === THERE)).toHaveLength(2);
    expect(lines.length).toBeLessThan(10);
  });

  it('gives rings up in time when it freezes, takes on no more than it can, and goes on when it thaws', async () => {
    const { queue, heard, listen } = opened();
    await connected(queue);
    listen();
    broker.freeze();
    onTestFinished(() => broker.thaw());
    const rings = await Promise.all(Array.from({ length: 1_010 }, () => timedRing(queue)));
    expect(rings.filter(({ error }) => error?.includes('has not confirmed a ring within 2000 ms'))).toHaveLength(1_000);
    expect(rings.filter(({ error, ms }) => error === 'more than 1000 rings wait for RabbitMQ' && ms < RING_LIMIT_MS)).toHaveLength(10);
    for (const { ms } of rings) expect(ms).toBeLessThan(RING_LIMIT_MS);
    broker.thaw();
    // What was written before it froze comes late, and does no harm.
    await until('the late rings', () => heard.length > 0);
    await until('a ring', () => timedRing(queue).then(({ error }) => error === null));
  });

  it('can be closed while it is frozen', async () => {
    const { queue, heard, listen } = opened();
    await connected(queue);
    listen();
    await queue.ring('process', newId());
    await until('the subscription', () => heard.length === 1);
    broker.freeze();
    onTestFinished(() => broker.thaw());
    const start = performance.now();
    await queue.close();
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(queue.health().ok).toBe(false);
    await expect(queue.ring('process', newId())).rejects.toThrow('closed');
  });

  it('rejects rings at once while an alarm blocks it, lets consumers listen, and goes on afterwards', async () => {
    const [{ queue, lines }, consumer] = [opened(), opened()];
    await Promise.all([connected(queue), connected(consumer.queue)]);
    await queue.ring('process', newId());
    await broker.control('set_vm_memory_high_watermark', '0.000001');
    onTestFinished(() => broker.control('set_vm_memory_high_watermark', '0.4').then(() => {}));
    // RabbitMQ tells only who sends.
    await until('the news', async () => (await timedRing(queue)).ms < 100 && !queue.health().ok);
    const reason = `RabbitMQ at 127.0.0.1:${broker.port} takes no rings now (low on memory); waiting.`;
    expect(queue.health()).toEqual({ ok: false, reason });
    expect((await timedRing(queue)).error).toBe(reason);
    consumer.listen();
    await until('the ring from before', () => consumer.heard.length === 1);
    const second = opened();
    await connected(second.queue);
    await timedRing(second.queue);
    const start = performance.now();
    await second.queue.close();
    expect(performance.now() - start).toBeLessThan(RING_LIMIT_MS);

    await broker.control('set_vm_memory_high_watermark', '0.4');
    await connected(queue);
    await queue.ring('process', newId());
    await until('rings', () => consumer.heard.length > 1);
    expect(lines).toEqual([THERE, `warn: ${reason}`, THERE]);
  });
});
