import type { Settings } from './setting.ts';
import { logLevel, port, text, wholeNumber } from './setting-kinds.ts';

/** The settings that every service has. */
export function commonSettings(defaults: { port: number; drainSeconds: number }) {
  return {
    HOST: { text: 'The address it listens on.', schema: text, default: '0.0.0.0' },
    PORT: { text: 'The port it listens on.', schema: port, default: defaults.port },
    DRAIN_SECONDS: {
      text: 'Once it is told to stop, what is under way may go on for so long.',
      schema: wholeNumber(0, 86_400),
      default: defaults.drainSeconds,
      unit: 'seconds',
    },
    LOG_LEVEL: { text: 'What is logged: fatal, error, warn, info, debug, trace or silent.', schema: logLevel, default: 'info' },
  } as const satisfies Settings;
}
