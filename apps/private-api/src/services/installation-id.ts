import type { Deps } from '../deps.ts';

/** The id of this installation, made at its first start: containers are labelled with it, so that none but ours are touched. */
export function installationId(deps: Deps): Promise<string> {
  return deps.store.settleSetting('installation_id', deps.newId());
}
