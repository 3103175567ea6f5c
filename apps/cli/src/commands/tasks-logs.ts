import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainLines } from '../output/plain-text.ts';
import { inSession, type Session } from '../session.ts';
import { followLog } from '../task/follow-log.ts';
import { followed } from '../task/followed.ts';
import { UsageError } from '../usage-error.ts';
import { parseWhole } from '../values/parse-whole.ts';

const NUMBER_MAX = 1_000_000;

type LogsOptions = {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly stream?: 'stdout' | 'stderr';
  readonly attempt?: number;
  readonly raw?: boolean;
};

/** `infer tasks logs`. */
export function tasksLogsCommand(cli: Cli): Command {
  return newCommand('logs', 'Print what the model printed', {
    examples: [
      ['infer tasks logs ID', 'so far'],
      ['infer tasks logs ID -f', 'and what comes, until the task is over'],
      ['infer tasks logs ID -f --tail 20', 'the last lines so far, and what comes'],
      ['infer tasks logs ID --stream stderr --tail 100', 'the end of one stream'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<task>', 'the id of the task')
    .option('-f, --follow', 'go on until the task is over')
    .option('--tail <lines>', 'only so many lines from the end', parseWhole(1, NUMBER_MAX))
    .addOption(new Option('--stream <stream>', 'only this stream').choices(['stdout', 'stderr']))
    .option('--attempt <number>', 'of this attempt; otherwise the newest', parseWhole(1, NUMBER_MAX))
    .option('--raw', 'byte for byte; otherwise what a terminal would obey is written as \\u001b and the like')
    .action(inSession(cli, logs));
}

async function logs(session: Session, id: string, options: LogsOptions): Promise<void> {
  const { follow = false, raw = false, stream, tail, attempt } = options;
  const { client, cli, signal } = session;
  if (follow && attempt !== undefined) throw new UsageError('--follow goes on with whichever attempt is under way: leave out --attempt.');
  const { tasks } = await client();
  const decoder = new TextDecoder();
  const pieces = follow
    ? followLog(await followed(tasks, id, { stream, tail, signal }), stream)
    : tasks.logs(id, { stream, tail, attempt, signal });
  for await (const piece of pieces) {
    if (raw) cli.stdout.write(piece);
    else cli.stdout.write(plainLines(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })));
  }
}
