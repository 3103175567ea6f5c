import { Client } from '@inference/client';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { type Profile, readProfiles } from '../connection/profile-file.ts';
import { saveProfiles } from '../connection/save-profiles.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession, type Session } from '../session.ts';
import { askSecret } from '../terminal/ask-secret.ts';
import { UsageError } from '../usage-error.ts';

/** The server is asked once who the key is; it is saved also where there is no answer, in milliseconds. */
const TRY_MS = 5_000;
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `infer profile add`. */
export function profileAddCommand(cli: Cli): Command {
  return newCommand('add', 'Save a server and a key', {
    examples: [
      ['infer profile add lab --url http://gpu-box:7420', 'asks for the key'],
      ['infer profile add lab --url http://gpu-box:7420 --token-stdin < key.txt', 'for scripts'],
    ],
    exits: ['error', 'interrupted'],
  })
    .argument('<name>', 'a name for it')
    .option('--use', 'use it from now on (the first one is used by itself)')
    .action(inSession(cli, add));
}

async function add(session: Session, name: string, { use = false }: { use?: boolean }): Promise<number> {
  const { cli, options, notes } = session;
  if (!NAME_PATTERN.test(name)) throw new UsageError(`"${name}" is no name: use at most 64 letters, digits and . _ -`);
  if (options.url === undefined) throw new UsageError('Name the server: --url http://gpu-box:7420');
  const { configFolder } = cli.environment;
  const saved = await readProfiles(configFolder);
  if (Object.hasOwn(saved.profiles, name) && options.yes !== true)
    throw new UsageError(`There is a profile ${name} already. Write over it with --yes.`);
  const { url, token: piped } = await session.connection();
  const token = options.tokenStdin === true ? piped : await askToken(session);
  if (token === null) return EXIT.interrupted;
  const profile = await tried(session, { url, ...(token === undefined ? {} : { token }) });
  const current = use || saved.current === null ? name : saved.current;
  await saveProfiles(configFolder, { current, profiles: { ...saved.profiles, [name]: profile } });
  notes.line(current === name ? `Saved ${name}; it is used from now on.` : `Saved ${name}. To use it: infer profile use ${name}`);
  return EXIT.ok;
}

/** The key that is typed; none where nobody can type, or nothing was typed. Null for who gives up. */
async function askToken({ cli }: Session): Promise<string | undefined | null> {
  if (!cli.stdin.isTTY) return undefined;
  const typed = await askSecret('Key (it is not shown; empty for none): ', cli.stdin, cli.stderr);
  return typed === null ? null : typed.trim() === '' ? undefined : typed.trim();
}

/** Says who the key is for the server, and notes when it ends. A server that cannot be asked now is no reason not to save it. */
async function tried({ notes, signal }: Session, profile: Profile): Promise<Profile> {
  try {
    const me = await new Client({ ...profile, requestMs: TRY_MS }).me({ signal });
    notes.line(plainText(`You are ${me.owner} there: ${me.scopes.join(', ')}.`));
    return me.expires_at === null || me.expires_at === undefined ? profile : { ...profile, tokenEndsAt: me.expires_at };
  } catch (error) {
    signal.throwIfAborted();
    notes.always(plainText(`Not tried: ${(error as Error).message} See: infer doctor`));
    return profile;
  }
}
