import { createLog, refuseConfiguration, runService } from '@inference/service';
import { readConfig } from './config.ts';
import { startConsumerService } from './start-consumer-service.ts';

/** After DRAIN_SECONDS, models have 10 s to end, and reports a minute to be taken; a stop that takes longer, in milliseconds, is given up. */
const STOP_MARGIN_MS = 90_000;

const read = readConfig();
if (!read.ok) refuseConfiguration(read.problems);
const { config } = read;
const log = createLog({ level: config.logLevel, service: 'consumer' });
for (const warning of read.warnings) log.warn(warning);

await runService({ log, stopLimitMs: config.drainMs + STOP_MARGIN_MS, start: (down) => startConsumerService(config, log, down) });
