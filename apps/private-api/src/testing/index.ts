export { controlPlaneHarness, HARNESS_OUTPUT_BYTES_MAX } from './control-plane-harness.ts';
export { CONSUMER_KEY, servePrivateApi } from './serve-private-api.ts';
export { givenModel, givenTask, testDeps } from './test-deps.ts';
