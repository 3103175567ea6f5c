import { quoteName } from './quote-name.ts';
import { ZipRefusal } from './zip-refusal.ts';

type Node = { readonly id: number; readonly spelled: string; readonly folder: boolean; explicit: boolean };

const ROOT = 0;
const ASCII = /^[\x20-\x7e]*$/;

/**
 * Finds names that are the same file on some file system: equal, equal but for case or Unicode form, or a file here
 * and a folder there. Folders that only appear inside names count as entries: else few entries could make millions of folders.
 */
export class NameTree {
  readonly #nodes = new Map<string, Node>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Adds a name whose form has been checked; a trailing slash makes it a folder. */
  add(name: string): void {
    const isFolder = name.endsWith('/');
    const segments = (isFolder ? name.slice(0, -1) : name).split('/');
    const last = segments.length - 1;
    let parent = ROOT;
    for (const [index, segment] of segments.entries()) {
      const asked = { name, folder: index < last || isFolder, explicit: index === last };
      parent = this.#visit(`${parent}/${fold(segment)}`, segment, asked).id;
    }
  }

  #visit(key: string, segment: string, asked: { name: string; folder: boolean; explicit: boolean }): Node {
    const known = this.#nodes.get(key);
    if (known === undefined) return this.#grow(key, { spelled: segment, folder: asked.folder, explicit: asked.explicit });
    if (known.spelled !== segment) {
      throw new ZipRefusal('zip_name_collision', `The name ${quoteName(asked.name)} differs from another one only in case or accents.`);
    }
    if (known.folder !== asked.folder) {
      throw new ZipRefusal('zip_name_collision', `A part of the name ${quoteName(asked.name)} is both a file and a folder.`);
    }
    if (asked.explicit && known.explicit) {
      throw new ZipRefusal('zip_duplicate_name', `Two entries of the zip have the name ${quoteName(asked.name)}.`);
    }
    known.explicit ||= asked.explicit;
    return known;
  }

  #grow(key: string, node: Omit<Node, 'id'>): Node {
    if (this.#nodes.size >= this.#entriesMax) {
      const limit = this.#entriesMax;
      throw new ZipRefusal('zip_too_many_entries', `The zip has more than ${limit} files and folders; at most ${limit} are allowed.`);
    }
    const grown = { id: this.#nodes.size + 1, ...node };
    this.#nodes.set(key, grown);
    return grown;
  }
}

/** One spelling for all names that a file system without case or accent forms would take for the same. */
export function fold(segment: string): string {
  if (ASCII.test(segment)) return segment.toLowerCase();
  return segment.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}
