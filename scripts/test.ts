// Runs every test that this machine can run, then says what was left out and why, and how many passed.
//
//   npm test [-- FILTER ...]
//
// With CI=true nothing may be left out, but for what `MAY_BE_SKIPPED` names: a missing program fails the run at once, a skipped test at its end.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { has, REQUIREMENTS, type Requirement } from '@inference/testing/requirements';
import { skippedTests, type TestReport } from './skipped-tests.ts';

const root = join(import.meta.dirname, '..');
const reportFile = join(root, '.test-report.json');

/** The tests that a machine with all programs may still leave out, by their full names, and why. */
const MAY_BE_SKIPPED: Readonly<Record<string, string>> = {
  'docker stack config accepts docker-compose.yaml as it is': 'Docker before 23 has no `docker stack config`',
};

const isCi = process.env['CI'] === 'true';
const missing = (Object.keys(REQUIREMENTS) as Requirement[]).filter((name) => !has(name));
if (isCi && missing.length > 0) {
  for (const name of missing) console.error(`CI=true, but ${REQUIREMENTS[name].missing}.`);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

rmSync(reportFile, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...process.argv.slice(2)];
const run = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

const report = readReport();
// A file that cannot even be loaded has no tests to count; it is a failure all the same.
const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const leftOut = skippedTests(report);
const mayNot = isCi ? leftOut.filter((name) => MAY_BE_SKIPPED[name] === undefined) : [];
const failed = report.numFailedTests + broken + mayNot.length + (run.status !== 0 && report.numFailedTests + broken === 0 ? 1 : 0);
const skipped = report.numPendingTests + report.numTodoTests;
for (const name of missing) console.log(`Left out: what needs ${name} (${REQUIREMENTS[name].missing}).`);
for (const name of leftOut) console.log(`Skipped: ${name}${MAY_BE_SKIPPED[name] === undefined ? '' : ` (${MAY_BE_SKIPPED[name]})`}`);
for (const name of mayNot) console.error(`CI=true, but this was skipped: ${name}`);
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);

function readReport(): TestReport {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport;
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
