#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { faultOf } from './fault-of.ts';
import { plainLines } from './output/plain-text.ts';
import { processCli } from './process-cli.ts';
import { makeProgram } from './program.ts';
import { paintFor } from './terminal/colours.ts';

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The second time, whatever is under way is left as it is.
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  interrupted.abort();
});
// Whoever reads our output has enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.error));

const program = makeProgram(processCli(interrupted.signal));
try {
  await program.parseAsync();
} catch (error) {
  const { lines, code } = faultOf(error, interrupted.signal.aborted);
  const paint = paintFor(process.stderr, program.opts()['color'] !== false);
  for (const [at, line] of lines.entries()) process.stderr.write(`${at === 0 ? `${paint('red', 'infer:')} ` : ''}${plainLines(line)}\n`);
  process.exitCode = code;
}
