import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { readServerState, type ServerState } from '@inference/server-state';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { composeCommand, hasComposeFile } from '../machine/compose-command.ts';
import { findCheckout, startArguments } from '../machine/find-checkout.ts';
import { startInBackground } from '../machine/start-in-background.ts';
import { newCommand } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

type UpOptions = { readonly port?: string; readonly host?: string; readonly dataDir?: string; readonly detach?: boolean };

/** `infer up`: a server on this machine. */
export function upCommand(cli: Cli): Command {
  return newCommand('up', 'Start a server on this machine', {
    examples: [
      ['infer up', 'on http://127.0.0.1:7420, until Ctrl-C'],
      ['infer up --detach', 'in the background; infer down stops it'],
      ['infer up --port 8000 --data-dir /data/inference', 'elsewhere'],
    ],
    exits: ['error', 'interrupted'],
  })
    .option('--port <port>', 'the port it listens on')
    .option('--host <address>', 'the address it listens on; others than this machine need ADMIN_KEY set')
    .option('--data-dir <folder>', 'where it keeps its data')
    .option('-d, --detach', 'go on in the background')
    .action(inSession(cli, up));
}

async function up(session: Session, options: UpOptions): Promise<number> {
  const { folder, environment, programFolder } = session.cli;
  const running = await readServerState(environment.stateFolder);
  if (running !== null) return tellRunning(session, running, 'Already running');
  const checkout = await findCheckout(programFolder, folder);
  if (checkout !== null) return await startCheckout(session, checkout, options);
  if (await hasComposeFile(folder)) return await startCompose(session, options);
  throw new Error(
    'There is no InferenceServer here to start. In a checkout of it, type:\n  npm start\nor, for its services in containers:\n  npm run setup && docker compose up -d',
  );
}

async function startCheckout(session: Session, checkout: string, options: UpOptions): Promise<number> {
  const { cli, notes, signal } = session;
  const { port, host, dataDir } = options;
  const flags = [
    ...(port === undefined ? [] : ['--port', port]),
    ...(host === undefined ? [] : ['--host', host]),
    ...(dataDir === undefined ? [] : ['--data-dir', resolve(cli.folder, dataDir)]),
  ];
  const args = [...startArguments(checkout), ...flags];
  if (options.detach !== true) return cli.become(args, checkout);
  notes.live('Starting ...');
  const started = await startInBackground({ args, folder: checkout, stateFolder: cli.environment.stateFolder, signal });
  notes.clear();
  if (started.ok) {
    notes.line(`Log: ${plainText(started.log)}`);
    return tellRunning(session, started.state, 'Started');
  }
  notes.always('The server has not started:');
  for (const line of started.lines) notes.always(`  ${plainText(line)}`);
  return EXIT.error;
}

async function startCompose({ cli, notes }: Session, options: UpOptions): Promise<number> {
  if (options.port !== undefined || options.host !== undefined || options.dataDir !== undefined)
    throw new UsageError('Services in containers take their port and folders from .env (docs/install.md), not from flags.');
  const command = await composeCommand();
  if (command === null)
    throw new Error('Neither docker compose nor docker-compose is there. Install it: https://docs.docker.com/compose/install/');
  const [program, ...first] = command;
  notes.line(`${command.join(' ')} up -d`);
  const child = spawn(program, [...first, 'up', '-d'], { cwd: cli.folder, stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? EXIT.ok : EXIT.error;
}

function tellRunning({ printer, notes }: Session, state: ServerState, what: string): number {
  if (printer.format === 'table' || printer.format === 'wide')
    printer.line(plainText(`${what} (process ${state.pid}, since ${state.startedAt}): ${state.url}`));
  else printer.one(state, { columns: [], name: ({ url }) => url });
  notes.line('Next: infer models list');
  return EXIT.ok;
}
