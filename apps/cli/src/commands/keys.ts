import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { keysChangeCommand } from './keys-change.ts';
import { keysCreateCommand } from './keys-create.ts';
import { keysGetCommand } from './keys-get.ts';
import { keysListCommand } from './keys-list.ts';
import { keysRevokeCommand } from './keys-revoke.ts';
import { keysRotateCommand } from './keys-rotate.ts';

/** `infer keys`: who may use the server; for admins. */
export function keysCommand(cli: Cli): Command {
  const command = newCommand('keys', 'Say who may use the server, and for what (for admins)', {
    examples: [
      ['infer keys create --owner ada --name laptop', 'a key with which Ada sends tasks and looks at them'],
      ['infer keys revoke Qm3vT8xY', 'it opens nothing any more'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  });
  for (const make of [keysListCommand, keysGetCommand, keysCreateCommand, keysChangeCommand, keysRotateCommand, keysRevokeCommand])
    command.addCommand(make(cli));
  return command;
}
