// Some faults, made for real, with every test run. What they must keep is judged here, and not how long they take: `npm run faults` does that.

import { has } from '@inference/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { ROWS } from './all-rows.ts';
import { playRow } from './play-row.ts';
import { RabbitAtHand } from './rabbit-at-hand.ts';
import { line } from './report.ts';
import { needsOf } from './row.ts';

const ROW_MS = 240_000;

describe('what every fault must leave right', () => {
  const rabbits = new RabbitAtHand();
  afterAll(() => rabbits.discard());

  for (const row of ROWS.filter(({ isQuick }) => isQuick)) {
    it.skipIf(!has(...needsOf(row)))(
      `${row.fault}: ${row.required}`,
      async () => {
        const verdict = await playRow(row, { rabbits, isQuick: true });
        process.stdout.write(`${line(verdict)}\n`);
        expect(verdict.isRight, verdict.found).toBe(true);
      },
      ROW_MS,
    );
  }
});
