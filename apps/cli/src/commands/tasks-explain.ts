import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { EXPLANATION_VIEW } from '../task/explanation-view.ts';

/** `infer tasks explain`. */
export function tasksExplainCommand(cli: Cli): Command {
  return newCommand('explain', 'Explain why a task waits, when it is expected to start, and what would start it sooner', {
    examples: [
      ['infer tasks explain ID', 'for people'],
      ['infer tasks explain ID -o json', 'for programs'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<task>', 'the id of the task')
    .action(
      inSession(cli, async ({ client, printer, signal }, id: string) =>
        printer.one(await (await client()).tasks.explain(id, { signal }), EXPLANATION_VIEW),
      ),
    );
}
