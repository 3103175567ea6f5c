/**
 * `npm run bench [-- --json] [--only NAME]`: what the server costs, beside what the same work costs without it.
 *
 * Both sides are measured in one run, in turn, on the same files and with the same client; figures are medians. The server is a
 * process of its own, started as its users do, on a fresh folder on a real disk. A whole run is printed as a table and kept in
 * bench/results.md. Rows that need what this machine lacks (Docker) are skipped with a sentence. Everything that was made is removed,
 * after Ctrl-C too. The exit code is 1 when something could not be measured, whatever the figures are.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { diskFolder } from './disk-folder.ts';
import { describeMachine, machineLine } from './machine.ts';
import { celeryTasks } from './measure/celery-tasks.ts';
import { claims } from './measure/claims.ts';
import { dockerBurst } from './measure/docker-burst.ts';
import { dockerTask } from './measure/docker-task.ts';
import { hardening } from './measure/hardening.ts';
import { largeZipRows } from './measure/large-zip.ts';
import { liveClients } from './measure/live-clients.ts';
import { liveLines } from './measure/live-lines.ts';
import { neighbour } from './measure/neighbour.ts';
import { processTask } from './measure/process-task.ts';
import { publishToClaim } from './measure/publish-to-claim.ts';
import { smallPost } from './measure/small-post.ts';
import { statusReads } from './measure/status-reads.ts';
import { submitToStart } from './measure/submit-to-start.ts';
import { submits } from './measure/submits.ts';
import { type Options, readOptions } from './read-options.ts';
import type { Row } from './row.ts';
import { table } from './table.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MEASUREMENTS: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  'docker-task': dockerTask,
  'process-task': processTask,
  'docker-burst': dockerBurst,
  hardening,
  neighbour,
  'small-post': smallPost,
  submits,
  'status-reads': statusReads,
  'publish-to-claim': publishToClaim,
  'submit-to-start': submitToStart,
  claims,
  'live-lines': liveLines,
  'live-clients': liveClients,
  'celery-tasks': celeryTasks,
  'large-zip': largeZipRows,
};
/** The whole bench takes no longer, in milliseconds: what is not measured by then is not measured. */
const BENCH_LIMIT_MS = 18 * 60_000;
const RESULTS = join(import.meta.dirname, 'results.md');
const BAD_USAGE = 2;
const INTERRUPTED = 130;

const options = readOptions(process.argv.slice(2), Object.keys(MEASUREMENTS));
if (typeof options === 'string') {
  console.error(options);
  process.exit(BAD_USAGE);
}
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error('Interrupted: cleaning up ...');
    interruption.abort(new Error('the bench was interrupted'));
  });
}
const machine = await describeMachine();
const { rows, faults } = await measure(options, interruption.signal);
if (rows.length > 0) await show(rows, options, faults === 0);
process.exit(interruption.signal.aborted ? INTERRUPTED : Math.min(faults, 1));

async function measure({ only }: Options, interrupted: AbortSignal): Promise<{ rows: Row[]; faults: number }> {
  await using folder = await temporaryFolder(await diskFolder(), 'inference-bench-');
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(BENCH_LIMIT_MS)]);
  const bench: Bench = { folder: folder.path, signal, tell: (text) => console.error(text) };
  const rows: Row[] = [];
  let faults = 0;
  for (const [name, measureOne] of Object.entries(MEASUREMENTS)) {
    if (signal.aborted || (only !== null && only !== name)) continue;
    bench.tell(name);
    try {
      rows.push(...(await measureOne(bench)));
    } catch (error) {
      faults += 1;
      if (!interrupted.aborted) bench.tell(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return { rows, faults: signal.aborted ? faults + 1 : faults };
}

async function show(rows: readonly Row[], { json, only }: Options, isWhole: boolean): Promise<void> {
  const text = table(rows);
  console.log(json ? JSON.stringify({ machine, rows }, null, 2) : `${text}\n${machineLine(machine)}`);
  if (only === null && isWhole) await writeFile(RESULTS, `# Results of the bench\n\n${machineLine(machine)}\n\n${text}`);
}
