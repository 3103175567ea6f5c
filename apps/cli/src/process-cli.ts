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
    programFolder: import.meta.dirname,
    signal,
    version: manifest.version,
    nodeVersion: process.versions.node,
    isRoot: process.getuid?.() === 0,
    become: (args, folder) => {
      if (process.execve === undefined) throw new Error(`This system cannot do that. In ${folder}, type: npm start`);
      // Node warns that this is new; whoever starts a server need not know.
      process.removeAllListeners('warning');
      process.chdir(folder);
      return process.execve(process.execPath, [process.execPath, ...args]);
    },
    exitWith: (code) => {
      process.exitCode = code;
    },
  };
}
