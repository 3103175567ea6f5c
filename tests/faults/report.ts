import type { RecordedRange } from '../simulation/recorded-ranges.ts';
import { killsOf, type Tally, type Totals } from './kill/tally.ts';
import type { Verdict } from './play-row.ts';
import type { Result, Results } from './results.ts';
import type { LeftOut, Row } from './row.ts';

/** A row in one line, for whoever watches. */
export function line({ row, passed, recoveredMs, found, tookMs }: Verdict): string {
  const recovered = recoveredMs === null ? [] : [`recovered ${seconds(recoveredMs)}`];
  const target = row.targetMs === undefined ? [] : [`target ${seconds(row.targetMs)}`];
  const measured = [...recovered, ...target].join(', ');
  const figures = measured === '' ? '' : ` [${measured}]`;
  return `${passed ? 'pass' : 'FAIL'}  ${row.numbers.join(', ').padStart(2)}  ${row.name}${figures} ${found} (${seconds(tookMs)})`;
}

/** What all runs found. */
type Found = { readonly results: Results; readonly tally: Tally; readonly ranges: readonly RecordedRange[] };

/** What all runs found, as a page. */
export function report(rows: readonly Row[], leftOut: readonly LeftOut[], { results, tally, ranges }: Found): string {
  const head = ['Row', 'Name', 'Fault', 'Required', 'Found', 'Recovered after', 'Target', 'Outcome', 'Played'];
  const played = rows.map((row) => cellsOf(row, results.rows[row.name]));
  const rest = leftOut.map(({ number, fault, why }) => [String(number), '-', fault, '-', why, '-', '-', 'left out', '-']);
  const sorted = [...played, ...rest].sort(([one], [other]) => Number.parseInt(one ?? '', 10) - Number.parseInt(other ?? '', 10));
  const table = [head, head.map(() => '---'), ...sorted].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
  const all = rows.flatMap(({ name }) => results.rows[name] ?? []);
  const passed = all.filter((result) => result.passed).length;
  return `# Fault report

Written by \`npm run faults\`, \`npm run faults:kill\` and \`npm run simulate -- --record\`; do not edit. ${passed} of ${rows.length} rows pass.

Real processes, Postgres, RabbitMQ and Docker on one machine. Processes are killed with \`kill -9\` or frozen; connections pass a proxy that
delays, slows, cuts or swallows; disks are small file systems that are filled. "Recovered after" is the time from the end of the fault
(for a killed process: its restart) to the next correct result. After each row the SHA-256 of every output is compared with what its
input demands, and every task that was accepted must have exactly one result. "short" means shorter absences than the row says: "Found"
has their length.

${results.machine}

${table}

## Killed again and again

${killTable(tally)}

## Simulated schedules

${rangeTable(ranges)}
`;
}

function cellsOf({ numbers, name, fault, required, targetMs }: Row, result: Result | undefined): string[] {
  const target = targetMs === undefined ? '-' : seconds(targetMs);
  const about = [numbers.join(', '), name, fault, required];
  if (result === undefined) return [...about, '-', '-', target, 'not played yet', '-'];
  const { found, recoveredMs, passed, isShort, date } = result;
  const recovered = recoveredMs === null ? '-' : seconds(recoveredMs);
  return [...about, found, recovered, target, passed ? 'pass' : 'FAIL', `${date}${isShort ? ', short' : ''}`];
}

function killTable({ services, single }: Tally): string {
  const head = ['What', 'Kills', 'Accepted tasks', 'Right results', 'Lost or wrong', 'Not exactly one result', 'Kills a minute'];
  const lines = [head, head.map(() => '---'), killCells('services', services), killCells('server in one process', single)];
  const each = Object.entries(services.kills).map(([name, count]) => `${name} ${count}`);
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `Tasks are sent without a pause while this goes on. Of the services, one after the other is killed${each.length === 0 ? '' : `: ${each.join(', ')}`}.\n\n${table}`;
}

function rangeTable(ranges: readonly RecordedRange[]): string {
  const head = ['Command', 'Schedules', 'Broken invariants', 'Time', 'Cores', 'Date'];
  const lines = ranges.map(({ first, count, seconds: took, cores, date }) => {
    const command = `\`npm run simulate -- --schedules ${count} --seed ${first}\``;
    return [command, String(count), '0', `${took} s`, String(cores), date];
  });
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const total = ranges.reduce((sum, { count }) => sum + count, 0);
  return `Whole installations in simulated time, 20 to 200 steps each, with faults drawn from the seed: ${total} schedules were recorded.\n\n${table}`;
}

function killCells(what: string, totals: Totals): string[] {
  const { accepted, right, doubled, killMinutes } = totals;
  const rate = killMinutes === 0 ? '-' : (killsOf(totals) / killMinutes).toFixed(1);
  return [what, ...[killsOf(totals), accepted, right, accepted - right, doubled].map(String), rate];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
