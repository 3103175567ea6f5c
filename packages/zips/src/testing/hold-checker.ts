import { ZIP_LIMITS } from '@inference/domain';
import { createZipChecker } from '../zip-checker.ts';

// A program that owns a checker and is killed by a test, while one process checks the zip named on the command line and one is idle.
const checker = createZipChecker({ processes: 2, limits: ZIP_LIMITS });
await checker.check(process.argv[2] ?? '');
