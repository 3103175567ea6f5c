export { createApp } from './app.ts';
export type { Deps } from './deps.ts';
export { directControlPlane } from './direct-control-plane.ts';
export { deleteOldFiles } from './loops/delete-old-files.ts';
export { expireLeases } from './loops/expire-leases.ts';
export { ringDueTasks } from './loops/ring-due-tasks.ts';
export { installationId } from './services/installation-id.ts';
export { registerFolderModel } from './services/register-folder-model.ts';
export { DEFAULT_SETTINGS, type Settings } from './settings.ts';
