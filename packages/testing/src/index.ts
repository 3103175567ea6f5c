export { FakeClock } from './fake-clock.ts';
export { has, REQUIREMENTS, type Requirement } from './requirements.ts';
export { testDatabase } from './test-database.ts';
export { testFolder } from './test-folder.ts';
export { until } from './until.ts';
export { zipOf } from './zip-of.ts';
