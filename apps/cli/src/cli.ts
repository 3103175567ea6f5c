import type { ReadStream, WriteStream } from 'node:tty';
import type { Environment } from './config.ts';

/** What the command line has to do with the world around it; handed in, so that nothing else reaches for it. */
export type Cli = {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly environment: Environment;
  /** The folder in which the user is. */
  readonly folder: string;
  /** The folder in which this program lies. */
  readonly programFolder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** The version of Node that runs this. */
  readonly nodeVersion: string;
  /** Whether the user is root. */
  readonly isRoot: boolean;
  /** Goes on as Node on other arguments, in a folder: the process stays the same, so that Ctrl-C and signals reach that program alone. */
  become(args: readonly string[], folder: string): never;
  /** Sets what the process ends with. */
  exitWith(code: number): void;
};
