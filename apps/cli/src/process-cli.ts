import manifest from '../package.json' with { type: 'json' };
import type { Cli } from './cli.ts';
import { readEnvironment } from './config.ts';

/** The world around this process. */
export function processCli(signal: AbortSignal): Cli {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: readEnvironment(),
    folder: process.cwd(),
    signal,
    version: manifest.version,
    nodeVersion: process.versions.node,
    isRoot: process.getuid?.() === 0,
    exitWith: (code) => {
      process.exitCode = code;
    },
  };
}
