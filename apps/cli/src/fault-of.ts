import { InputError, ProblemError, TaskError, TransportError, WaitTimeout } from '@inference/client';
import { CommanderError } from 'commander';
import { commandsForRoutes } from './commands-for-routes.ts';
import { EXIT } from './exit-codes.ts';
import { plainText } from './output/plain-text.ts';
import { UsageError } from './usage-error.ts';

/** How an error is told, and what the process ends with. No lines: it was told already. */
export type Fault = { readonly lines: readonly string[]; readonly code: number };

/** What went wrong, for people, with what to do next. */
export function faultOf(error: unknown, isInterrupted: boolean): Fault {
  if (isInterrupted) return { lines: [], code: EXIT.interrupted };
  // Commander has printed it: help and version end well.
  if (error instanceof CommanderError) return { lines: [], code: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof UsageError) return { lines: [error.message], code: EXIT.usage };
  if (error instanceof ProblemError) return problemFault(error);
  if (error instanceof TransportError) return transportFault(error);
  if (error instanceof TaskError)
    return { lines: [error.message], code: error.task.state === 'cancelled' ? EXIT.taskCancelled : EXIT.taskFailed };
  if (error instanceof WaitTimeout) return { lines: [error.message, `Go on: infer tasks watch ${error.taskId}`], code: EXIT.timedOut };
  if (error instanceof InputError) return { lines: [error.message], code: EXIT.usage };
  return { lines: [(error as Error).message], code: EXIT.error };
}

function problemFault({ message, code, status, requestId, fields }: ProblemError): Fault {
  const wrong = fields.map(({ pointer, message: text }) => plainText(`  ${pointer}: ${commandsForRoutes(text)}`));
  const id = requestId === '' ? [] : [plainText(`  (${code}, request ${requestId})`)];
  const lines = [commandsForRoutes(message), ...wrong, ...adviceOf(status), ...id];
  if (status === 401 || status === 403) return { lines, code: EXIT.keyNeeded };
  return { lines, code: status === 404 ? EXIT.notFound : EXIT.error };
}

function adviceOf(status: number): string[] {
  return status === 401 ? ['Give a key: INFERENCE_TOKEN, --token-stdin, or a profile.'] : [];
}

function transportFault({ message, code }: TransportError): Fault {
  const advice = code === 'ECONNREFUSED' ? ['Start a server there, or name another one: --url, INFERENCE_URL or --profile.'] : [];
  return { lines: [message, ...advice], code: EXIT.error };
}
