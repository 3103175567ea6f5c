export { readServerState } from './read-server-state.ts';
export { removeServerState } from './remove-server-state.ts';
export { type ServerState, serverStateFile } from './server-state.ts';
export { stateFolderOf } from './state-folder-of.ts';
export { writeServerState } from './write-server-state.ts';
