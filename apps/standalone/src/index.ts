export { type Config, readConfig, SETTINGS as STANDALONE_SETTINGS } from './config.ts';
export { type StartedServer, startServer } from './start-server.ts';
