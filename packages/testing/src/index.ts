export { testDatabase } from './test-database.ts';
export { testFolder } from './test-folder.ts';
export { until } from './until.ts';
