import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type FileToZip, zipFiles } from '@inference/zips';
import type { Input } from './input.ts';
import { InputError } from './input-error.ts';
import { type ListedFile, listFolder } from './list-folder.ts';
import { piecesOfFile } from './pieces-of-file.ts';

/** A folder of this machine, zipped while it is sent: nothing is written anywhere. The same files give the same zip. */
export async function folderInput(folder: string): Promise<Input> {
  const { files, links, special } = await listFolder(folder);
  if (files.length === 0) throw new InputError(`${folder} has no files to send.`);
  const warnings = [
    ...(links === 0 ? [] : [`${links} links were left out: they lead out of the folder, to other folders, or nowhere.`]),
    ...(special === 0 ? [] : [`${special} devices, pipes or sockets were left out.`]),
  ];
  return { ...filesInput(files, basename(resolve(folder))), warnings };
}

/** One file of this machine, sent as a zip that holds it. */
export function fileInput(path: string, bytes: number): Input {
  return filesInput([{ name: basename(path), path, bytes }], basename(path));
}

function filesInput(files: readonly ListedFile[], name: string): Input {
  return {
    name,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    isRepeatable: true,
    warnings: [],
    open: (onContent) => zipFiles(contents(files, onContent)),
  };
}

async function* contents(files: readonly ListedFile[], onContent: (bytes: number) => void): AsyncGenerator<FileToZip> {
  for (const { name, path } of files) {
    // What was looked at is no link: one that has come since is not followed.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: Error) => {
      throw new InputError(`${path} cannot be read: ${error.message}`);
    });
    yield { name, content: piecesOfFile(file, path, onContent) };
  }
}
