import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { modelFiles } from '../model-template/model-files.ts';
import { nextCommands } from '../model-template/next-commands.ts';
import { newCommand } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** What both a model and an image may be called. */
const ID_PATTERN = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const ID_CHARS_MAX = 100;

type InitOptions = { readonly id?: string; readonly gpu?: boolean };

/** `infer init model`. */
export function initModelCommand(cli: Cli): Command {
  return newCommand('model', 'Make a folder with a model that works: program, Dockerfile, sample, test', {
    examples: [
      ['infer init model ./my-model', 'and says how to try it, and how to put it on a server'],
      ['infer init model ./seg --gpu', 'one that needs a GPU'],
    ],
    exits: ['error'],
  })
    .argument('<folder>', 'the folder to make; it may be there, if it is empty')
    .option('--id <id>', 'what the model is called, if not as the folder')
    .option('--gpu', 'it needs a GPU')
    .action(inSession(cli, initModel));
}

async function initModel({ cli, notes, printer }: Session, shownFolder: string, { id, gpu = false }: InitOptions): Promise<void> {
  const folder = resolve(cli.folder, shownFolder);
  const model = { id: checkedId(id ?? basename(folder)), gpu, shownFolder: shownFolder.replace(/(?<=.)\/+$/, '') };
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(error.code === 'ENOTDIR' ? `${shownFolder} is a file.` : `${shownFolder} cannot be read: ${error.message}`);
  });
  if (there.length > 0) throw new UsageError(`The folder ${shownFolder} is not empty: nothing was written. Choose another one.`);
  for (const [path, text] of Object.entries(modelFiles(model))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    // Somebody else may have written it in the meantime: then it stays as it is.
    await writeFile(file, text, { flag: 'wx' });
    notes.line(`  ${join(model.shownFolder, path)}`);
  }
  const { test, build, add, run } = nextCommands(model);
  notes.line(`\nNext:\n  ${test}\n  ${build}\n  ${add}\n  ${run}`);
  printer.line(folder);
}

function checkedId(id: string): string {
  if (ID_PATTERN.test(id) && id.length <= ID_CHARS_MAX) return id;
  throw new UsageError(
    `"${id}" cannot be the name of a model and its image: use at most ${ID_CHARS_MAX} small letters and digits, with single . _ - between them. Name it with --id.`,
  );
}
