import type { Component, ComponentState } from '@inference/service';
import type { Deps } from '../deps.ts';
import { matchFileStore } from './match-file-store.ts';

const FINE: ComponentState = { ok: true, text: 'They can be written and read, and belong to this database.' };
const GONE: ComponentState = { ok: false, text: 'The folder in FILES_DIR is no longer the one that this service started with.' };

/** The files as a component: in the first place the right ones, and from then on the same and writable. */
export function checkFileStore(deps: Pick<Deps, 'store' | 'files' | 'newId'>): Component {
  let matched: string | null = null;
  return {
    name: 'files',
    needed: true,
    async check() {
      if (matched === null) {
        const match = await matchFileStore(deps);
        if (!match.ok) return { ok: false, text: match.reason };
        matched = match.id;
      }
      if ((await deps.files.id()) !== matched) return GONE;
      await deps.files.probe();
      return FINE;
    },
  };
}
