import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { saveLegacy } from '../legacy/save-legacy.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { fetchOutput } from '../task/fetch-output.ts';
import { freeTarget, outputTarget } from '../task/output-target.ts';

/** So much of a task's id is in the name of a result that nobody named. */
const ID_CHARS = 8;

/** `infer tasks output`. */
export function tasksOutputCommand(cli: Cli): Command {
  return newCommand('output', 'Get the output of a task; goes on where an earlier download of it stopped', {
    examples: [
      ['infer tasks output ID', 'to a zip in this folder'],
      ['infer tasks output ID -O result/', 'unpacked into a folder'],
      ['infer tasks output ID -O - | bsdtar -tf -', 'in a pipe'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<task>', 'the id of the task')
    .option('-O, --output-file <target>', 'where it goes: a name that ends in .zip, a folder, or - for stdout')
    .action(inSession(cli, output, outputLegacy));
}

type OutputOptions = { readonly outputFile?: string };

async function output(session: Session, id: string, { outputFile }: OutputOptions): Promise<void> {
  const { client, printer, options, signal } = session;
  const task = await (await client()).tasks.get(id, { signal });
  const usual = () => freeTarget(`${task.model}-${task.id.slice(0, ID_CHARS)}`);
  const target = outputFile === undefined ? await usual() : await outputTarget(outputFile, options.yes === true);
  const file = await fetchOutput(session, task, target);
  if (file !== null) printer.line(file);
}

async function outputLegacy(session: Session, id: string, { outputFile }: OutputOptions): Promise<number> {
  const usual = () => freeTarget(`task-${id.slice(0, ID_CHARS)}`);
  return await saveLegacy(
    session,
    id,
    outputFile === undefined ? await usual() : await outputTarget(outputFile, session.options.yes === true),
  );
}
