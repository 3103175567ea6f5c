import type { NewModelFolder } from './model-files.ts';

/** What to type once the folder is there, where its maker is. */
export function nextCommands({ id, gpu, shownFolder }: NewModelFolder): { test: string; build: string; add: string; run: string } {
  const folder = /^[\w./-]+$/.test(shownFolder) ? shownFolder : `'${shownFolder.replaceAll("'", String.raw`'\''`)}'`;
  return {
    test: folder === '.' ? 'python3 -m unittest' : `(cd ${folder} && python3 -m unittest)`,
    build: `docker build -t ${id}:1 ${folder}`,
    add: `infer models add ${id} --image ${id}:1${gpu ? ' --gpu' : ''} --sample ${folder}/sample`,
    run: `infer run ${id} ${folder}/sample`,
  };
}
