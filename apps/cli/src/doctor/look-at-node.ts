import { broken, type Finding, fine } from './finding.ts';
import { isOlder } from './is-older.ts';

const NODE_LEAST = '24.0.0';

/** Looks which Node this is. */
export function lookAtNode(version: string): Finding {
  if (isOlder(version, NODE_LEAST))
    return broken('node', `Node ${version} is too old: ${NODE_LEAST} is the least.`, 'https://nodejs.org/en/download');
  return fine('node', `Node ${version}.`);
}
