import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';

const MIB = 1024 ** 2;
const LEFT_BYTES = 4 * MIB;

export const filesDiskFull: Row = {
  name: 'files-disk-full',
  isQuick: true,
  numbers: [41],
  fault: 'the disk of the private API becomes full in the middle of an upload, then full to the last byte',
  required: '507, the half file removed, others served; works again within 30 s of the room being made',
  targetMs: 30_000,
  needs: ['root'],
  smallDisk: { holds: 'files', mib: 64 },
  async play(stage) {
    const { client, api } = await stage.trio();
    await client.result(await client.send());
    const disk = stage.smallDisk();
    await disk.fill(LEFT_BYTES);
    const large = await client.prepare({ payload: randomLike(3 * LEFT_BYTES) });
    const reply = await client.put(large);
    must(reply?.status === 507, `507 for what does not fit (${reply?.status} ${reply?.text})`);
    await until('the half file to be gone', async () => (await readdir(join(stage.filesFolder, 'tmp'))).length === 0);
    await client.nextResult(performance.now());
    await disk.fill();
    const small = await client.put(await client.prepare());
    must(small?.status === 507, `507 with no room at all (${small?.status} ${small?.text})`);
    must(api.runs, 'the private API lives');
    await disk.free();
    const recoveredMs = await client.nextResult(performance.now());
    return { recoveredMs, found: '507 each time; a small task ran while there was room for it.' };
  },
};

export const workDiskFull: Row = {
  name: 'work-disk-full',
  numbers: [41],
  fault: 'the disk of the consumer is full for a minute',
  required: 'waiting tasks stay, or are handed back uncharged; they run within 30 s of the room being made',
  targetMs: 30_000,
  needs: ['root'],
  smallDisk: { holds: 'work', mib: 64 },
  async play(stage) {
    const { client, consumer } = await stage.trio();
    await client.result(await client.send());
    const disk = stage.smallDisk();
    await disk.fill();
    const sent = await client.send({ noise: MIB });
    await pause(stage.absenceMs(60_000, 45_000));
    must(consumer.runs, 'the consumer lives');
    const { state, attempts } = await client.task(sent);
    must(state === 'queued' || state === 'running', `the task waits (${state} after ${attempts.length} attempts)`);
    await disk.free();
    const atMs = performance.now();
    await client.result(sent);
    return { recoveredMs: performance.now() - atMs, found: `The task waited (${attempts.length} attempts meanwhile), then ran.` };
  },
};

/** Bytes that no zip makes smaller by much. */
function randomLike(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 2_654_435_761) >>> 24));
}
