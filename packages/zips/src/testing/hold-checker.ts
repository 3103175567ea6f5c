import { ZIP_LIMITS } from '@inference/domain';
import { createZipChecker } from '../zip-checker.ts';

// A program that owns a checker and is killed by a test: one process checks the zip named on the command line, one is idle.
const checker = createZipChecker({ processes: 2, limits: ZIP_LIMITS });
const path = process.argv[2] ?? '';
await checker.check(path);
process.stdout.write('warm\n');
for (;;) await checker.check(path);
