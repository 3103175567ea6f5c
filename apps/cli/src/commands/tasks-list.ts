import type { TaskItem } from '@inference/client';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { taskItemView } from '../task/task-view.ts';
import { parseLabel } from '../values/parse-label.ts';
import { parseWhole } from '../values/parse-whole.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000_000;
/** The server gives a page of at most so many. */
const PAGE_MAX = 200;
const STATES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const;

type ListOptions = {
  readonly state?: (typeof STATES)[number];
  readonly model?: string;
  readonly label?: Record<string, string>;
  readonly limit: number;
};

/** `infer tasks list`. */
export function tasksListCommand(cli: Cli): Command {
  return newCommand('list', 'List your tasks, newest first', {
    examples: [
      ['infer tasks list', 'the newest'],
      ['infer tasks list --state failed --model word-count', 'what went wrong with a model'],
      ['infer tasks list --label study=A-12 -o json', 'for programs'],
    ],
    exits: SERVER_EXITS,
  })
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--model <model>', 'only those of this model')
    .option('-l, --label <name=value>', 'only those with this label; may be repeated', parseLabel)
    .option('--limit <number>', 'at most so many', parseWhole(1, LIMIT_MAX), LIMIT_DEFAULT)
    .action(inSession(cli, list));
}

async function list({ client, printer, notes, paint, signal }: Session, options: ListOptions): Promise<void> {
  const { state, model, label, limit } = options;
  const all = (await client()).tasks.list({ state, model, labels: label, pageSize: Math.min(PAGE_MAX, limit), signal });
  const more = { isThere: false };
  const count = await printer.list(atMost(all, limit, more), taskItemView(paint, Date.now()));
  if (count === 0) notes.line('There are no such tasks. Make one: infer run MODEL PATH');
  if (more.isThere && (printer.format === 'table' || printer.format === 'wide')) notes.line(`These are the newest ${limit}. More: --limit`);
}

async function* atMost(items: AsyncIterable<TaskItem>, most: number, more: { isThere: boolean }): AsyncGenerator<TaskItem> {
  let count = 0;
  for await (const item of items) {
    if (count === most) {
      more.isThere = true;
      return;
    }
    count++;
    yield item;
  }
}
