import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import { singleServer } from '../stage/single-server.ts';

/** A second server must give up within this, in milliseconds. */
const REFUSED_MS = 60_000;
const KILLS = 5;
const TASKS = 8;

export const singleServerTwice: Row = {
  name: 'single-server-twice',
  numbers: [45],
  fault: 'a second server in one process started on the same folder',
  required: 'it ends with an exit code other than 0 and says why; the first one is not harmed',
  async play() {
    await using single = await singleServer();
    const { client, server } = single;
    const sent = await client.send({ seconds: 5 });
    await client.startOf(sent);
    const second = (await single.another()).start();
    await until('the second to end', () => !second.runs, REFUSED_MS);
    must(second.exitCode !== 0, 'its exit code is not 0');
    must((await client.result(sent)).attempts.length === 1, 'the running task of the first is not disturbed');
    must(server.runs, 'the first lives');
    await client.nextResult(performance.now());
    const said = second.output.trim().split('\n').at(-1) ?? '';
    return { found: `Exit code ${second.exitCode}: "${said.replaceAll(/\/\S+/g, '...')}"` };
  },
};

export const singleServerKilled: Row = {
  name: 'single-server-killed',
  isQuick: true,
  numbers: [46],
  fault: `server in one process killed ${KILLS} times while tasks wait and run (power cuts: see the simulator)`,
  required: 'every accepted task is there, and has its right result',
  targetMs: 5_000,
  async play() {
    await using single = await singleServer();
    const { client, server } = single;
    let slowestMs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      for (let count = 0; count < TASKS; count++) await client.send();
      await server.kill();
      const atMs = performance.now();
      await server.start().ready();
      slowestMs = Math.max(slowestMs, await client.nextResult(atMs));
      for (const sent of client.accepted.values()) await client.result(sent);
    }
    return { recoveredMs: slowestMs, found: `${client.accepted.size} tasks, all right.` };
  },
};
