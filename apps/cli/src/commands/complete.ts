import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';

/** Nobody waits longer for a proposal, in milliseconds. */
const COMPLETE_MS = 1_500;
const IDS_MAX = 200;
/** Shells expand what they are given: nothing else of a server gets there. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$|^[A-Za-z0-9_-]{43}$/;

/** `infer __complete`: ids for the completion of shells; it says nothing where it cannot. */
export function completeCommand(cli: Cli): Command {
  return newCommand('__complete', 'Ids, for the completion of shells', { examples: [['infer __complete models', 'one a line']], exits: [] })
    .argument('<kind>', 'models or tasks', (kind: string) => {
      if (kind === 'models' || kind === 'tasks') return kind;
      throw new InvalidArgumentError('Write models or tasks.');
    })
    .action(inSession(cli, complete));
}

async function complete(session: Session, kind: 'models' | 'tasks'): Promise<void> {
  const signal = AbortSignal.any([session.signal, AbortSignal.timeout(COMPLETE_MS)]);
  const client = await session.client();
  try {
    const { items } = await (kind === 'models'
      ? client.models.page({ limit: IDS_MAX, signal })
      : client.tasks.page({ limit: IDS_MAX, signal }));
    for (const { id } of items) if (SAFE_ID.test(id)) session.printer.line(id);
  } catch {
    // In the middle of a line that somebody types, no proposal is better than an error.
  }
}
