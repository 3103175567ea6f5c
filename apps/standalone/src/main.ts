import { createLog } from '@inference/service';
import { banner } from './banner.ts';
import { readConfig } from './config.ts';
import { StartRefused, startServer } from './start-server.ts';
import { readVersion } from './version.ts';

const BAD_CONFIGURATION = 2;

function refuse(lines: readonly string[], code: number): never {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(code);
}

const read = readConfig(process.argv.slice(2));
if (!read.ok) refuse(['The configuration is not right:', ...read.problems.map((problem) => `  ${problem}`)], BAD_CONFIGURATION);
const { config } = read;
const log = createLog({ level: config.logLevel });
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'a fault that nobody handled; the server stops');
  process.exitCode = 1;
  stop();
});

let stop = (): void => process.exit(1);
try {
  const server = await startServer(config, log);
  let stopping = false;
  stop = () => {
    if (stopping) return server.handBack();
    stopping = true;
    process.stdout.write('\nStopping: finishing what runs, or handing it back (Ctrl-C again: hand back now) ...\n');
    server.stop().then(
      () => process.exit(process.exitCode ?? 0),
      (error: unknown) => {
        log.error({ err: error }, 'not everything could be stopped');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  void server.died.then((reason) => {
    log.fatal(reason);
    process.exitCode = 1;
    stop();
  });
  process.stdout.write(await banner(server, config, readVersion()));
} catch (error) {
  if (error instanceof StartRefused) refuse([error.message], 1);
  throw error;
}
