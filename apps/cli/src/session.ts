import { Client, type ClientOptions, LegacyClient } from '@inference/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { Connection } from './connection/connection.ts';
import { findConnection } from './connection/find-connection.ts';
import { readToken } from './connection/read-token.ts';
import { trustCertificates } from './connection/trust-certificates.ts';
import { EXIT } from './exit-codes.ts';
import type { Format } from './output/format.ts';
import { plainText } from './output/plain-text.ts';
import { Printer } from './output/printer.ts';
import { type Paint, paintFor } from './terminal/colours.ts';
import { Notes } from './terminal/notes.ts';
import { UsageError } from './usage-error.ts';

/** The options of every command. */
export type GlobalOptions = {
  readonly output: Format;
  readonly url?: string;
  readonly profile?: string;
  readonly tokenStdin?: boolean;
  /** In seconds. */
  readonly timeout?: number;
  readonly cacert?: string;
  readonly insecure?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
  readonly yes?: boolean;
  /** The server is one of the Python original. */
  readonly legacy?: boolean;
};

/** What a command works with. */
export type Session = {
  readonly cli: Cli;
  readonly options: GlobalOptions;
  /** Data, on stdout. */
  readonly printer: Printer;
  /** Colours for stdout. */
  readonly paint: Paint;
  /** All else, on stderr. */
  readonly notes: Notes;
  readonly signal: AbortSignal;
  /** Where the server is and who we are; looked for when first asked. */
  connection(): Promise<Connection>;
  client(): Promise<Client>;
  /** The same for a server of the Python original. */
  legacyClient(): Promise<LegacyClient>;
};

type Action<Args extends unknown[]> = (session: Session, ...args: Args) => Promise<unknown>;

/** The action of a command: opens a session from the options of all commands, and ends the process with the number that
 * it answers; none is 0. `legacy` does the same on a server of the Python original, where that can be done. */
export function inSession<Args extends unknown[]>(
  cli: Cli,
  current: Action<Args>,
  legacy: Action<Args> | null = null,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const session = openSession(cli, command.optsWithGlobals<GlobalOptions>());
    const act = session.options.legacy === true ? legacy : current;
    if (act === null) throw new UsageError('This command does not work with --legacy: a server of the Python original cannot do it.');
    try {
      const code = await act(session, ...(args.slice(0, -1) as Args));
      cli.exitWith(typeof code === 'number' ? code : EXIT.ok);
    } finally {
      session.notes.clear();
    }
  };
}

function openSession(cli: Cli, options: GlobalOptions): Session {
  const { stdout, stderr, environment, folder, signal, version } = cli;
  const notes = new Notes(stderr, { isQuiet: options.quiet === true, isColoured: options.color, isDumb: environment.isDumb });
  const connection = once(async () => {
    const token = options.tokenStdin === true ? await readToken(cli.stdin) : undefined;
    return await findConnection({ url: options.url, profile: options.profile, token }, environment, folder);
  });
  const clientOptions = async (): Promise<ClientOptions> => {
    await trustCertificates(options);
    const { url, token, source } = await connection();
    const tell = (text: string) => void (options.verbose === true && notes.line(notes.paint('dim', plainText(text))));
    tell(`server ${url} (${source}), infer ${version}`);
    return {
      url,
      token,
      ...(options.timeout === undefined ? {} : { requestMs: options.timeout * 1000 }),
      onRequest: (request) => tell(`${request.method} ${request.url}`),
      onRetry: (error) => tell(`${error.message} Trying again.`),
    };
  };
  const client = once(async () => new Client(await clientOptions()));
  const legacyClient = once(async () => new LegacyClient(await clientOptions()));
  const paint = paintFor(stdout, options.color);
  return { cli, options, printer: new Printer(stdout, options.output), paint, notes, signal, connection, client, legacyClient };
}

/** Does something when first asked, and answers the same from then on. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
