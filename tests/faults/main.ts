/**
 * `npm run faults [-- [--quick] [--list] [--only ROW ...]]`: what breaks in practice, broken on purpose.
 *
 * Each row makes one fault on an installation of its own (real processes, Postgres, RabbitMQ, Docker), measures how long it takes from
 * the end of the fault to the next correct result, and judges what became of every accepted task. A line a row; what was found is
 * kept in results.json and told in docs/fault-report.md. `--quick` plays some rows, with short absences; with `--only`, those rows.
 * The exit code is 1 when a row fails. What the services print is kept in the folder that FAULT_LOGS names, if any.
 */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { has, REQUIREMENTS, type Requirement } from '@inference/testing/requirements';
import { LEFT_OUT, ROWS } from './all-rows.ts';
import { RESULTS } from './places.ts';
import { playRow } from './play-row.ts';
import { RabbitAtHand } from './rabbit-at-hand.ts';
import { readOptions } from './read-options.ts';
import { line } from './report.ts';
import { keep, readResults, writeResults } from './results.ts';
import { needsOf, type Row } from './row.ts';
import { writeReport } from './write-report.ts';

const BAD_USAGE = 2;
const GIB = 1024 ** 3;

const options = readOptions(process.argv.slice(2), ROWS);
if (typeof options === 'string') {
  console.error(options);
  process.exit(BAD_USAGE);
}
if (options.isList) {
  for (const row of ROWS) console.log(described(row));
  for (const { number, fault, why } of LEFT_OUT) console.log(`${String(number).padStart(2)}  left out (${why}): ${fault}`);
  process.exit(0);
}
const { rows, isQuick } = options;
const machine = machineLine();
let failed = 0;
{
  await using rabbits = new RabbitAtHand();
  for (const row of rows) {
    const missing = missingFor(row);
    if (missing === null) failed += (await play(row, rabbits)) ? 0 : 1;
    else console.log(`left out  ${row.name}: ${missing}`);
  }
}
console.log(`${failed} of ${rows.length} rows fail`);
process.exit(Math.min(failed, 1));

async function play(row: Row, rabbits: RabbitAtHand): Promise<boolean> {
  const verdict = await playRow(row, { rabbits, isQuick });
  console.log(line(verdict));
  // Read each time: somebody else may play other rows meanwhile.
  const results = await readResults(RESULTS);
  keep(results, verdict, isQuick);
  await writeResults(RESULTS, { ...results, machine });
  await writeReport();
  return verdict.passed;
}

/** What this machine lacks for a row, in words. */
function missingFor(row: Row): string | null {
  const missing = needsOf(row).find((need: Requirement) => !has(need));
  return missing === undefined ? (row.lacks?.() ?? null) : REQUIREMENTS[missing].missing;
}

function described({ name, numbers, fault, isQuick: isShort }: Row): string {
  return `${numbers.join(', ').padStart(2)}  ${name}${isShort ? ' (quick)' : ''}: ${fault}`;
}

function machineLine(): string {
  const parts = [
    `${availableParallelism()} cores (${cpus()[0]?.model})`,
    `${Math.round(totalmem() / GIB)} GiB of memory`,
    `${process.platform} ${release()}`,
    `Node ${process.versions.node}`,
  ];
  return `${parts.join(', ')}; load before the newest run ${loadavg()[0]?.toFixed(1)}.`;
}
