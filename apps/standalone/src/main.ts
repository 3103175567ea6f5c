import { createLog, type Log } from '@inference/service';
import { banner } from './banner.ts';
import { type Config, readConfig } from './config.ts';
import { type StartedServer, StartRefused, startServer } from './start-server.ts';
import { readVersion } from './version.ts';

/** Exit codes: a fault or a refused start, and a configuration that is not right. */
const FAULT = 1;
const BAD_CONFIGURATION = 2;

const read = readConfig(process.argv.slice(2));
if (!read.ok) exit(['The configuration is not right:', ...read.problems.map((problem) => `  ${problem}`)], BAD_CONFIGURATION);
const log = createLog({ level: read.config.logLevel });
const server = await start(read.config, log);
const stop = stopper(server);
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'a fault that nobody handled; the server stops');
  stop(FAULT);
});
void server.died.then((reason) => {
  log.fatal(reason);
  stop(FAULT);
});
process.stdout.write(await banner(server, read.config, readVersion()));

async function start(config: Config, startLog: Log): Promise<StartedServer> {
  try {
    return await startServer(config, startLog);
  } catch (error) {
    if (error instanceof StartRefused) return exit([error.message], FAULT);
    startLog.debug({ err: error }, 'the start failed');
    return exit([`The server could not start: ${(error as Error).message}`, 'LOG_LEVEL=debug npm start tells more.'], FAULT);
  }
}

/** Stops the server once; asked again meanwhile, it hands back what runs instead of waiting for it. */
function stopper(started: StartedServer): (code: number) => void {
  let stopping = false;
  return (code) => {
    if (stopping) return started.handBack();
    stopping = true;
    process.stdout.write('\nStopping: finishing what runs, or handing it back (Ctrl-C again: hand back now) ...\n');
    started.stop().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'not everything could be stopped');
        process.exit(FAULT);
      },
    );
  };
}

function exit(lines: readonly string[], code: number): never {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(code);
}
