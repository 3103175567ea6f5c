export { type Config, readConfig } from './config.ts';
export { type StartedServer, startServer } from './start-server.ts';
