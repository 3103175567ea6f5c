import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { findingLines, findingView } from '../doctor/show-findings.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';

type DoctorOptions = { readonly fix?: boolean; readonly dataDir?: string };

/** `infer doctor`: what is wrong, and what to do about it. */
export function doctorCommand(cli: Cli): Command {
  return newCommand('doctor', 'Find out what keeps tasks from running, with a remedy for each', {
    examples: [
      ['infer doctor', 'this machine, the server and your key'],
      ['infer doctor --fix', 'and mends what is safe to mend'],
      ['infer doctor -o json', 'for programs'],
    ],
    exits: ['error', 'interrupted'],
  })
    .option('--fix', 'mend what can be mended without harm: who may read the saved keys, what a server that is gone left behind')
    .option('--data-dir <folder>', 'where the server of this machine keeps its data')
    .action(inSession(cli, async (session, { fix = false, dataDir }: DoctorOptions) => await doctor(session, fix, dataDir)));
}

async function doctor(session: Session, isFixing: boolean, dataFolder: string | undefined): Promise<number> {
  const { notes, printer } = session;
  notes.live('Looking ...');
  let findings = await examine(session, dataFolder);
  notes.clear();
  if (isFixing) {
    const mended = await mend(session, findings);
    if (mended > 0) findings = await examine(session, dataFolder);
  }
  if (printer.format === 'table' || printer.format === 'wide') for (const line of findingLines(findings, session.paint)) printer.line(line);
  else
    await printer.list(
      findings.map(({ name, state, text, remedy }) => ({ name, state, text, remedy })),
      findingView,
    );
  const failed = findings.filter(({ state }) => state === 'failed').length;
  const doubts = findings.filter(({ state }) => state === 'warning').length;
  notes.line(failed + doubts === 0 ? 'All is well.' : `${failed} wrong, ${doubts} to look at.`);
  return failed === 0 ? EXIT.ok : EXIT.error;
}

async function mend({ notes }: Session, findings: readonly Finding[]): Promise<number> {
  let mended = 0;
  for (const { name, text, mend: act } of findings) {
    if (act === undefined) continue;
    await act();
    notes.line(`Mended ${name}: ${text}`);
    mended++;
  }
  return mended;
}
