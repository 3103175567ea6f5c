import type { Identity } from './identify-caller.ts';
import type { Viewer } from './store/viewer.ts';

/** Whose tasks a caller may see. */
export function viewerOf({ role, owner }: Identity): Viewer {
  return role === 'admin' ? null : owner;
}
