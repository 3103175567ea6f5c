export { controlPlaneHarness } from './control-plane-harness.ts';
export { follow } from './follow.ts';
export { type HostileWorld, hostileWorld } from './hostile-world.ts';
export { CONSUMER_KEY, type ServedApi, servePrivateApi } from './serve-private-api.ts';
export { givenModel, givenTask, testDeps } from './test-deps.ts';
export { testMachine } from './test-machine.ts';
