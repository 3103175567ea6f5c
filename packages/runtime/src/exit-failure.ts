import { stripVTControlCharacters } from 'node:util';
import type { Failure, ModelSpec } from '@inference/domain';
import { failureHint } from './failure-hint.ts';

/** How much of the model's last line a failure quotes, in characters. */
export const QUOTE_CHARS_MAX = 300;

/** What is known of a model's main process that did not end with 0. */
type ModelExit = {
  readonly exitCode: number;
  /** The runtime saw the memory limit being hit. */
  readonly outOfMemory: boolean;
  /** The most memory that it was seen to use, in bytes; null: not known. */
  readonly memoryPeakBytes: number | null;
  /** The last lines of stderr, oldest first. */
  readonly stderr: readonly string[];
};

/** The first process in a sandbox could not start the model's program: docker-init, prlimit and setpriv say it like this. */
const NOT_STARTED = /^(?:\[FATAL tini \(\d+\)\] exec (.+) failed|(?:prlimit|setpriv): failed to execute (.+)): (.+)$/;
/** What a shell would say of these ends: 128 + SIGBUS, 128 + SIGXFSZ. */
const SAID_BY_SIGNAL: Readonly<Record<number, string>> = { 135: 'bus error', 153: 'file size limit exceeded' };
/** 128 + SIGKILL, and 128 + SIGTERM: an engine that is told to stop ends its containers with either. */
const FROM_OUTSIDE: readonly number[] = [137, 143];

/** Why a model whose main process ended with another code than 0 failed, in words for users. */
export function exitFailure(model: ModelSpec, exit: ModelExit): Failure {
  const { exitCode, stderr } = exit;
  const notStarted = NOT_STARTED.exec(stderr.at(-1) ?? '');
  if (notStarted !== null) {
    const program = notStarted[1] ?? notStarted[2];
    const reason = `The command of the model cannot be started: ${program}: ${notStarted[3]}.${likelyCause(notStarted[3])}`;
    return { class: 'invalid_model', reason, exitCode };
  }
  if (exit.outOfMemory) {
    const peak = exit.memoryPeakBytes === null ? '' : ` (the most that was seen: ${mib(exit.memoryPeakBytes)} MiB)`;
    const reason = `The model used more than its memory limit of ${mib(model.limits.memoryBytes)} MiB${peak}. Register it with a larger memoryBytes.`;
    return { class: 'out_of_memory', reason, exitCode };
  }
  if (FROM_OUTSIDE.includes(exitCode)) {
    const reason = `The model was killed from outside (exit code ${exitCode}), not by its memory limit and not by us.`;
    return { class: 'infrastructure', reason, exitCode };
  }
  const said = SAID_BY_SIGNAL[exitCode];
  const hint = failureHint(model, said === undefined ? stderr : [...stderr, said]);
  const reason = `The model ended with exit code ${exitCode}${quote(stderr)}${hint === null ? '' : ` ${hint}`}`;
  return { class: 'model_error', reason, exitCode };
}

/**
 * What may be behind these words of the system, after a space. A program for another processor, or a script without a first line, is handed
 * to /bin/sh: where that is for another processor, too, or missing, this is all that is heard.
 */
function likelyCause(said = ''): string {
  if (!/exec format error|no such file/i.test(said)) return '';
  return ` Either it is not in the image, or the image is built for another processor than this machine's (${process.arch}).`;
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function quote(lines: readonly string[]): string {
  const last = lines.findLast((line) => plain(line) !== '');
  if (last === undefined) return ' and wrote nothing to stderr.';
  return `: "${plain(last).slice(0, QUOTE_CHARS_MAX)}".`;
}

/** Without colours and other control characters, which a terminal or a page would act on. */
function plain(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}
