import type { KeyWish } from '@inference/client';
import { type Command, Option } from 'commander';
import { KEY_SCOPES } from '../admin/key-scopes.ts';
import { keyView } from '../admin/key-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { isoOf, type Moment, parseMoment } from '../values/parse-moment.ts';
import { parseWhole } from '../values/parse-whole.ts';

type CreateOptions = {
  readonly owner: string;
  readonly name: string;
  readonly scope: KeyWish['scopes'];
  readonly expires?: Moment;
  readonly requestsPerMinute?: number;
  readonly uploadBytes?: number;
  readonly queuedTasks?: number;
  readonly runningTasks?: number;
};

/** `infer keys create`. */
export function keysCreateCommand(cli: Cli): Command {
  return newCommand('create', 'Make a key; its secret is shown this once', {
    examples: [
      ['infer keys create --owner ada --name laptop', 'one that sends tasks and looks at them'],
      ['infer keys create --owner ci --name nightly --scope submit read --expires 90d -o name > key.txt', 'the secret alone, into a file'],
      ['infer keys create --owner gpu-1 --name rack3 --scope consumer', 'for a machine that runs tasks'],
    ],
    exits: SERVER_EXITS,
  })
    .requiredOption('--owner <owner>', 'whose tasks it reaches')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(KEY_SCOPES).default(['submit', 'read'], 'submit read'))
    .option('--expires <when>', 'its end: 2030-01-31, or 90d from now', parseMoment)
    .option('--requests-per-minute <number>', 'so many requests and no more', parseWhole(1, 1_000_000_000))
    .option('--upload-bytes <number>', 'uploads no larger than this', parseWhole(1, Number.MAX_SAFE_INTEGER))
    .option('--queued-tasks <number>', 'so many tasks of the owner may wait', parseWhole(1, 1_000_000_000))
    .option('--running-tasks <number>', 'so many tasks of the owner may run at the same time', parseWhole(1, 1_000_000))
    .action(inSession(cli, create));
}

async function create({ client, printer, notes, signal }: Session, options: CreateOptions): Promise<void> {
  const { owner, name, scope, expires, requestsPerMinute, uploadBytes, queuedTasks, runningTasks } = options;
  const key = await (await client()).keys.create(
    {
      owner,
      name,
      scopes: scope,
      ...(expires === undefined ? {} : { expires_at: isoOf(expires, Date.now()) }),
      limits: {
        requests_per_minute: requestsPerMinute ?? null,
        upload_bytes: uploadBytes ?? null,
        queued_tasks: queuedTasks ?? null,
        running_tasks: runningTasks ?? null,
      },
    },
    { signal },
  );
  printer.one(key, keyView(Date.now()));
  notes.line('The secret is shown this once. Its holder saves it: infer profile add NAME --url ADDRESS');
}
