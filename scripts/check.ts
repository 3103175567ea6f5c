// Everything a machine can check without running the product: format, lint, types, dead code, architecture rules.
//
//   npm run check

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkArchitecture } from './check-architecture.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const checks: [what: string, command: string, args: string[]][] = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['--noEmit']],
  ['dead code', bin('knip'), ['--no-progress']],
];

let failed = 0;
for (const [what, command, args] of checks) {
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const ok = run.status === 0;
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${what}`);
  if (!ok) console.log(`${run.stdout}${run.stderr}`);
}
const { files, problems } = checkArchitecture(root);
console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'}  architecture (${files} files)`);
for (const problem of problems) console.log(`  ${problem}`);
process.exit(failed + problems.length === 0 ? 0 : 1);
