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
  /** The last lines of stderr, oldest first. */
  readonly stderr: readonly string[];
};

/** The first process in a sandbox could not start the model's program: docker-init, prlimit and setpriv say it like this. */
const NOT_STARTED = /^(?:\[FATAL tini \(\d+\)\] exec (.+) failed|(?:prlimit|setpriv): failed to execute (.+)): (.+)$/;
/** 128 + SIGKILL. */
const KILLED = 137;

/** Why a model whose main process ended with another code than 0 failed, in words for users. */
export function exitFailure(model: ModelSpec, exit: ModelExit): Failure {
  const { exitCode, stderr } = exit;
  const notStarted = NOT_STARTED.exec(stderr.at(-1) ?? '');
  if (notStarted !== null) {
    const program = notStarted[1] ?? notStarted[2];
    return { class: 'invalid_model', reason: `The command of the model cannot be started: ${program}: ${notStarted[3]}.`, exitCode };
  }
  if (exit.outOfMemory) {
    const limitMib = Math.round(model.limits.memoryBytes / 1024 ** 2);
    const reason = `The model used more than its memory limit of ${limitMib} MiB. Register it with a larger memoryBytes.`;
    return { class: 'out_of_memory', reason, exitCode };
  }
  if (exitCode === KILLED) {
    const reason = 'The model was killed from outside (exit code 137), not by its memory limit and not by us.';
    return { class: 'infrastructure', reason, exitCode };
  }
  const hint = failureHint(model, exitCode === 135 ? [...stderr, 'bus error'] : stderr);
  const reason = `The model ended with exit code ${exitCode}${quote(stderr)}${hint === null ? '' : ` ${hint}`}`;
  return { class: 'model_error', reason, exitCode };
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
