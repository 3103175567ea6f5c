import type { AuditEntry } from '@inference/client';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { firstOf } from '../output/first-of.ts';
import type { View } from '../output/printer.ts';
import { inSession } from '../session.ts';
import { parseWhole } from '../values/parse-whole.ts';

const LIMIT = 50;
const LIMIT_MAX = 1_000_000;

const AUDIT_VIEW: View<AuditEntry> = {
  columns: [
    { title: 'at', text: ({ at }) => at },
    { title: 'actor', text: ({ actor }) => actor },
    { title: 'key', text: ({ key }) => key ?? '' },
    { title: 'action', text: ({ action }) => action },
    { title: 'subject', text: ({ subject }) => subject },
    { title: 'detail', text: ({ detail }) => JSON.stringify(detail), isWide: true },
    { title: 'request', text: ({ request_id: id }) => id ?? '', isWide: true },
  ],
  name: ({ at, action, subject }) => `${at} ${action} ${subject}`,
};

/** `infer audit`: who did what; for admins. */
export function auditCommand(cli: Cli): Command {
  return newCommand('audit', 'See who did what, newest first (for admins)', {
    examples: [
      ['infer audit', `the last ${LIMIT} things`],
      ['infer audit --limit 1000 -o jsonl', 'for programs'],
    ],
    exits: SERVER_EXITS,
  })
    .option('--limit <number>', 'at most so many', parseWhole(1, LIMIT_MAX), LIMIT)
    .action(
      inSession(cli, async ({ client, printer, signal }, { limit }: { limit: number }) => {
        await printer.list(firstOf((await client()).audit({ signal }), limit), AUDIT_VIEW);
      }),
    );
}
