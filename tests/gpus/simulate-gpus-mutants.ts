import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { ProductCopy } from '../simulation/mutants/product-copy.ts';
import { MUTANTS, SOURCE } from './mutants.ts';

/** So long the tests of one mutant may take, in milliseconds: some of them never end by themselves. */
const TESTS_MAX_MS = 120_000;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

/** The first test of the allocator that fails; null: none does. */
async function firstFailure(copy: ProductCopy): Promise<string | null> {
  const vitest = join(copy.root, 'node_modules', 'vitest', 'vitest.mjs');
  // The copy has no documents.
  const args = [vitest, 'run', '--root', copy.root, '--bail', '1', '--reporter', 'tap-flat', '--exclude', '**/documents.test.ts', SOURCE];
  const child = spawn(process.execPath, args, { cwd: copy.root, stdio: ['ignore', 'pipe', 'ignore'], timeout: TESTS_MAX_MS });
  const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
  const said = await text(child.stdout);
  if ((await ended) === 0) return null;
  // A file that was given up after the first failure is "not ok", too; a test is named with what it is part of.
  return /^not ok \d+ - (.* > .*?)(?: # time=.*)?$/m.exec(said)?.[1] ?? 'the tests did not end';
}

const copy = await ProductCopy.make();
let missed = 0;
try {
  const broken = await firstFailure(copy);
  if (broken !== null) throw new Error(`a test fails with nothing broken: ${broken}`);
  for (const { name, file, part, instead } of MUTANTS.filter((mutant) => mutant.name.includes(values.only))) {
    const putBack = await copy.replace(file, part, instead);
    const failure = await firstFailure(copy);
    await putBack();
    if (failure === null) missed += 1;
    process.stdout.write(`${name}\n    ${failure ?? 'NOT CAUGHT'}\n`);
  }
} finally {
  await copy.remove();
}
process.stdout.write(`${missed} mutants were not caught\n`);
process.exitCode = missed > 0 ? 1 : 0;
