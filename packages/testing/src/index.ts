export { FakeClock } from './fake-clock.ts';
export { freePorts } from './free-ports.ts';
export { DEBIAN_POSTGRES, has, REQUIREMENTS, type Requirement } from './requirements.ts';
export { type RabbitMq, startRabbitMq } from './start-rabbitmq.ts';
export { emptyDatabase, testDatabase } from './test-database.ts';
export { testFolder } from './test-folder.ts';
export { type TestRabbitMq, testRabbitMq } from './test-rabbitmq.ts';
export { until } from './until.ts';
export { zipOf } from './zip-of.ts';
