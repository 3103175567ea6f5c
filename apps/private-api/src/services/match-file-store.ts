import type { Deps } from '../deps.ts';

/** The id of the file store, which is the one that the database knows; or why it is not, in a sentence for whoever runs the service. */
export type FileStoreMatch = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string };

const STRANGE = 'The folder in FILES_DIR belongs to another installation: name the one that all private APIs of this installation share.';
const UNKNOWN =
  'The folder in FILES_DIR holds files of which this database knows nothing: restore the database that belongs to them, or name an empty folder.';
const LACKING =
  'The folder in FILES_DIR is not the one with the files of this database (it has no store-id): mount that one, or restore it from a backup.';

/**
 * Compares the file store with the database: the first private API gives both of them one id, and all later ones must find it in both.
 * Otherwise one of them would serve, and sweep away, files of another installation.
 */
export async function matchFileStore(deps: Pick<Deps, 'store' | 'files' | 'newId'>): Promise<FileStoreMatch> {
  const { store, files, newId } = deps;
  const known = await store.findSetting('file_store_id');
  const found = await files.id();
  if (known !== null && found === null) return { ok: false, reason: LACKING };
  // A start that died between the two claims leaves an id in an empty store: that one is taken up.
  if (known === null && found !== null && !(await files.isEmpty())) return { ok: false, reason: UNKNOWN };
  const id = found ?? (await files.claimId(newId()));
  const settled = known ?? (await store.settleSetting('file_store_id', id));
  return settled === id ? { ok: true, id } : { ok: false, reason: STRANGE };
}
