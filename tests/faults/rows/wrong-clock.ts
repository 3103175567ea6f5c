import { setTimeout as pause } from 'node:timers/promises';
import { must } from '../must.ts';
import type { Row } from '../row.ts';

/** Sets the clock of a process: SIGUSR2 a day on, SIGWINCH two days back. What it measures with its monotonic clock stays. */
const CLOCK = `
  const Real = Date;
  const DAY_MS = 86_400_000;
  let shiftMs = 0;
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() + shiftMs); else super(...args); }
    static now() { return Real.now() + shiftMs; }
  };
  process.on('SIGUSR2', () => { shiftMs += DAY_MS; });
  process.on('SIGWINCH', () => { shiftMs -= 2 * DAY_MS; });`;

export const wrongClock: Row = {
  name: 'wrong-clock',
  numbers: [26],
  fault: 'the wall clocks of private API and consumer jump a day on, then a day back behind the true time, while a model runs',
  required: 'nothing changes: one attempt each',
  async play(stage) {
    const api = await stage.privateApi({}, CLOCK).ready();
    const [relay, consumer] = await Promise.all([stage.relay(api).ready(), stage.consumer(api, {}, CLOCK).ready()]);
    const client = stage.client(relay);
    const sent = [await client.send({ seconds: 20 })];
    for (const signal of ['SIGUSR2', 'SIGWINCH'] as const) {
      for (const service of [api, consumer]) {
        service.signal(signal);
        sent.push(await client.send({ seconds: 1 }));
        await pause(4_000);
      }
    }
    for (const one of sent) must((await client.result(one)).attempts.length === 1, 'each has one attempt');
    return { found: 'One attempt each. (The clock of Postgres was left alone: nothing compares it with another.)' };
  },
};
