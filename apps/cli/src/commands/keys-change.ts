import type { KeyChange, KeyWish } from '@inference/client';
import { type Command, Option } from 'commander';
import { KEY_SCOPES } from '../admin/key-scopes.ts';
import { keyView } from '../admin/key-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { orNone } from '../values/or-none.ts';
import { isoOf, type Moment, parseMoment } from '../values/parse-moment.ts';
import { parseWhole } from '../values/parse-whole.ts';

type ChangeOptions = {
  readonly name?: string;
  readonly scope?: KeyWish['scopes'];
  readonly expires?: Moment | 'none';
  readonly requestsPerMinute?: number | 'none';
  readonly uploadBytes?: number | 'none';
  readonly queuedTasks?: number | 'none';
  readonly runningTasks?: number | 'none';
};

/** `infer keys change`. */
export function keysChangeCommand(cli: Cli): Command {
  return newCommand('change', 'Change the name, scopes, limits or end of a key; its secret stays', {
    examples: [
      ['infer keys change Qm3vT8xY --expires 90d', 'a later end, or a sooner one'],
      ['infer keys change Qm3vT8xY --queued-tasks none --scope submit read operate', 'no limit on tasks that wait, and more scopes'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<key>', 'its prefix, the 8 characters after isk_')
    .option('--name <name>', 'what it is for')
    .addOption(new Option('--scope <scopes...>', 'what it may do from now on').choices(KEY_SCOPES))
    .option('--expires <when>', 'its end: 2030-01-31, 90d from now, or none', orNone(parseMoment))
    .option('--requests-per-minute <number>', 'so many requests and no more, or none', orNone(parseWhole(1, 1_000_000_000)))
    .option('--upload-bytes <number>', 'uploads no larger than this, or none', orNone(parseWhole(1, Number.MAX_SAFE_INTEGER)))
    .option('--queued-tasks <number>', 'so many tasks of the owner may wait, or none', orNone(parseWhole(1, 1_000_000_000)))
    .option('--running-tasks <number>', 'so many tasks of the owner may run at the same time, or none', orNone(parseWhole(1, 1_000_000)))
    .action(inSession(cli, change));
}

async function change({ client, printer, signal }: Session, prefix: string, options: ChangeOptions): Promise<void> {
  const wanted = changeOf(options, Date.now());
  if (Object.keys(wanted).length === 0) throw new UsageError('Say what to change: --name, --scope, --expires or a limit.');
  printer.one(await (await client()).keys.change(prefix, wanted, { signal }), keyView(Date.now()));
}

/** What was asked for, and nothing else: what is left out stays as it is. */
function changeOf(options: ChangeOptions, nowMs: number): KeyChange {
  const { name, scope, expires, requestsPerMinute, uploadBytes, queuedTasks, runningTasks } = options;
  const limits = {
    ...(requestsPerMinute === undefined ? {} : { requests_per_minute: unlessNone(requestsPerMinute) }),
    ...(uploadBytes === undefined ? {} : { upload_bytes: unlessNone(uploadBytes) }),
    ...(queuedTasks === undefined ? {} : { queued_tasks: unlessNone(queuedTasks) }),
    ...(runningTasks === undefined ? {} : { running_tasks: unlessNone(runningTasks) }),
  };
  return {
    ...(name === undefined ? {} : { name }),
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(expires === undefined ? {} : { expires_at: expires === 'none' ? null : isoOf(expires, nowMs) }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

function unlessNone(limit: number | 'none'): number | null {
  return limit === 'none' ? null : limit;
}
