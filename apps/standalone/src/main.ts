import { createLog, refuseConfiguration, runService, StartRefused } from '@inference/service';
import { banner } from './banner.ts';
import { readConfig } from './config.ts';
import { reachableUrl } from './reachable-url.ts';
import { startServer } from './start-server.ts';
import { tellWhere } from './tell-where.ts';
import { readVersion } from './version.ts';

/** Runs models may take 10 s to end and 10 s more to be stopped; then the database stops. In milliseconds. */
const STOP_LIMIT_MS = 120_000;

const read = readConfig(process.argv.slice(2));
if (!read.ok) refuseConfiguration(read.problems);
const { config } = read;
for (const warning of read.warnings) process.stderr.write(`${warning}\n`);
const log = createLog({ level: config.logLevel });

await runService({
  log,
  stopLimitMs: STOP_LIMIT_MS,
  start: async (down, die) => {
    const server = await startServer(config, log, down);
    void server.died.then(die);
    const { dataFolder } = server;
    const url = reachableUrl(config.host, server.port);
    await tellWhere(config.stateFolder, { url, pid: process.pid, dataFolder, startedAt: new Date().toISOString() }, log, down);
    process.stdout.write(await banner(server, config, readVersion()));
  },
  onStopping: () => process.stdout.write('\nStopping: finishing what runs, or handing it back (Ctrl-C again: hand back now) ...\n'),
  onStartFailed: (error) => {
    if (error instanceof StartRefused) return void process.stderr.write(`${error.message}\n`);
    log.debug({ err: error }, 'the start failed');
    process.stderr.write(`The server could not start: ${error.message}\nLOG_LEVEL=debug npm start tells more.\n`);
  },
});
