import { quoteName } from './quote-name.ts';
import { ZipRefusal } from './zip-refusal.ts';

type Folder = { readonly id: number; readonly spelled: string; explicit: boolean };
type Asked = { readonly name: string; readonly segment: string; readonly isFolder: boolean; readonly explicit: boolean };

const ROOT = 0;
const ASCII = /^[\x20-\x7e]*$/;

/**
 * Finds names that are the same file on some file system: equal, equal but for case or Unicode form, or a file here
 * and a folder there. Folders that only appear inside names are limited too: else few entries could make millions of them.
 */
export class NameTree {
  /** By parent and folded name. A file is kept as its whole name, which its entry holds anyway: this must not double the memory. */
  readonly #nodes = new Map<string, Folder | string>();
  readonly #entriesMax: number;
  #folders = ROOT;
  /** Folders that had no entry of their own when they were first met. */
  #implied = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Adds a name whose form has been checked; a trailing slash makes it a folder. */
  add(name: string): void {
    let parent = ROOT;
    for (let at = 0; at < name.length; ) {
      const slash = name.indexOf('/', at);
      const end = slash < 0 ? name.length : slash;
      const asked = { name, segment: name.slice(at, end), isFolder: slash >= 0, explicit: end + 1 >= name.length };
      parent = this.#visit(`${parent}/${fold(asked.segment)}`, asked);
      at = end + 1;
    }
  }

  /** The id of the folder at `key`, which is made when missing; of no meaning for a file. */
  #visit(key: string, asked: Asked): number {
    const known = this.#nodes.get(key);
    if (known === undefined) return this.#grow(key, asked);
    const spelled = typeof known === 'string' ? known.slice(known.lastIndexOf('/') + 1) : known.spelled;
    if (spelled !== asked.segment) {
      throw new ZipRefusal('zip_name_collision', `The name ${quoteName(asked.name)} differs from another one only in case or accents.`);
    }
    if ((typeof known !== 'string') !== asked.isFolder) {
      throw new ZipRefusal('zip_name_collision', `A part of the name ${quoteName(asked.name)} is both a file and a folder.`);
    }
    if (typeof known === 'string' || (asked.explicit && known.explicit)) {
      throw new ZipRefusal('zip_duplicate_name', `Two entries of the zip have the name ${quoteName(asked.name)}.`);
    }
    known.explicit ||= asked.explicit;
    return known.id;
  }

  #grow(key: string, asked: Asked): number {
    if (!asked.isFolder) {
      this.#nodes.set(key, asked.name);
      return ROOT;
    }
    if (!asked.explicit && ++this.#implied > this.#entriesMax) {
      throw new ZipRefusal('zip_too_many_entries', `The names in the zip make more than the ${this.#entriesMax} folders that are allowed.`);
    }
    this.#nodes.set(key, { id: ++this.#folders, spelled: asked.segment, explicit: asked.explicit });
    return this.#folders;
  }
}

/** One spelling for all names that a file system without case or accent forms would take for the same. */
export function fold(segment: string): string {
  if (ASCII.test(segment)) return segment.toLowerCase();
  return segment.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}
