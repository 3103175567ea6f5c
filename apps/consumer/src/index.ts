export { RUNTIME_SETTINGS, readConfig, SETTINGS as CONSUMER_SETTINGS } from './config.ts';
export { DEFAULT_TIMING, type Deps, type Lane, type Timing } from './deps.ts';
export { createHttpControlPlane } from './http-control-plane/create-http-control-plane.ts';
export { ModelFiles } from './model-files.ts';
export { type RunningConsumer, startConsumer } from './start-consumer.ts';
