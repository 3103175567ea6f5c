import { basename } from 'node:path';
import type { Session } from '../session.ts';
import { freeTarget, type OutputTarget, outputTarget } from './output-target.ts';

/** Where the output of a run goes: where `-O` says, out of the pipe that the input came from, or beside the input. */
export async function runTarget({ options }: Session, path: string, outputFile: string | undefined): Promise<OutputTarget> {
  if (outputFile !== undefined) return await outputTarget(outputFile, options.yes === true);
  return path === '-' ? { kind: 'stdout' } : await freeTarget(basename(path).replace(/\.zip$/i, ''));
}
