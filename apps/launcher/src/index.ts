export { SETTINGS as LAUNCHER_SETTINGS } from './config.ts';
