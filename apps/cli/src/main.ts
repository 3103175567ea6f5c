#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { faultOf } from './fault-of.ts';
import { keepMemorySmall } from './keep-memory-small.ts';
import { plainLines } from './output/plain-text.ts';
import { processCli } from './process-cli.ts';
import { makeProgram } from './program.ts';
import { refuseOldNode } from './refuse-old-node.ts';
import { paintFor } from './terminal/colours.ts';
import { idsLast } from './values/ids-last.ts';

refuseOldNode(process.versions.node);
keepMemorySmall();
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
  await program.parseAsync(idsLast(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  const { lines, code } = faultOf(error, interrupted.signal.aborted);
  const paint = paintFor(process.stderr, program.opts()['color'] !== false);
  for (const [at, line] of lines.entries()) process.stderr.write(`${at === 0 ? `${paint('red', 'infer:')} ` : ''}${plainLines(line)}\n`);
  // Whatever is still under way is given up: nobody waits for it any more.
  if (interrupted.signal.aborted) process.exit(code);
  process.exitCode = code;
}
