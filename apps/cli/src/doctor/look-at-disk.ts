import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shownBytes } from '../output/units.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';

/** With less than this free, in bytes, the next upload may not fit. */
const FREE_BYTES_LEAST = 1024 ** 3;
/** With less than this, it is time to make room, in bytes. */
const FREE_BYTES_WANTED = 10 * 1024 ** 3;

/** Looks whether there is room where the server keeps its data, and whether it may write there. */
export async function lookAtDisk(dataFolder: string): Promise<Finding> {
  const folder = await nearestFolder(dataFolder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${shownBytes(free)} free for the data in ${dataFolder}`;
  const remedy = `Make room, or put the data elsewhere: infer up --data-dir FOLDER; what takes the room: du -xh -d 2 '${folder}'`;
  if (free < FREE_BYTES_LEAST) return broken('disk', `Full: ${text}.`, remedy);
  if (!(await isWritable(folder))) return broken('disk', `You may not write in ${folder}.`, `sudo chown "$USER" '${folder}'`);
  return free < FREE_BYTES_WANTED ? doubtful('disk', `Nearly full: ${text}.`, remedy) : fine('disk', `${text}.`);
}

/** The folder itself, or the one in which it will be made. */
async function nearestFolder(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : await nearestFolder(dirname(path));
}

async function isWritable(folder: string): Promise<boolean> {
  return await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
