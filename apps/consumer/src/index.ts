export { DEFAULT_TIMING, type Deps, type Lane, type Timing } from './deps.ts';
export { ModelFiles } from './model-files.ts';
export { type RunningConsumer, startConsumer } from './start-consumer.ts';
