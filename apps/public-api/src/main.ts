import { createLog, refuseConfiguration, runService } from '@inference/service';
import { readConfig } from './config.ts';
import { startPublicApi } from './start-public-api.ts';

/** A stop takes as long as requests under way may go on, and this much longer at most, in milliseconds. */
const STOP_MARGIN_MS = 10_000;

const read = readConfig();
if (!read.ok) refuseConfiguration(read.problems);
const { config } = read;
const log = createLog({ level: config.logLevel, service: 'public-api' });
for (const warning of read.warnings) log.warn(warning);

await runService({ log, stopLimitMs: config.drainMs + STOP_MARGIN_MS, start: (down) => startPublicApi(config, log, down) });
