export { openDiskFileStore } from './disk-file-store.ts';
export type { FileStore, ReceivedFile, StoredFile } from './file-store.ts';
