import { EXIT } from './exit-codes.ts';

const NODE_MAJOR_MIN = 24;

/** Says which Node is needed, where this one is too old: otherwise it would fail somewhere, with a stack trace. */
export function refuseOldNode(version: string): void {
  if (Number(version.split('.')[0]) >= NODE_MAJOR_MIN) return;
  process.stderr.write(`infer: Node ${NODE_MAJOR_MIN} or newer is needed, this is ${version}.\n`);
  process.exit(EXIT.error);
}
