export type { Disk, Entry, OpenFile, Space } from './disk.ts';
export { nodeDisk } from './node-disk.ts';
export { syncBelow } from './sync-below.ts';
export { writeDurably } from './write-durably.ts';
