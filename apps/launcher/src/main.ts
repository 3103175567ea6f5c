import { createLog, refuseConfiguration, runService } from '@inference/service';
import { readConfig } from './config.ts';
import { startLauncherService } from './start-launcher-service.ts';

/** It stops at once: containers go on without it. A stop that takes longer, in milliseconds, is given up. */
const STOP_MARGIN_MS = 10_000;

const read = readConfig();
if (!read.ok) refuseConfiguration(read.problems);
const { config } = read;
const log = createLog({ level: config.logLevel, service: 'launcher' });
for (const warning of read.warnings) log.warn(warning);

await runService({ log, stopLimitMs: STOP_MARGIN_MS, start: (down) => startLauncherService(config, log, down) });
