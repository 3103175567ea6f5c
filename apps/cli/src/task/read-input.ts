import { type Input, openInput, streamInput } from '@inference/client';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** What lies at a path, or comes from a pipe for `-`. */
export async function readInput({ cli, options }: Session, path: string): Promise<Input> {
  if (path !== '-') return await openInput(path);
  if (cli.stdin.isTTY) throw new UsageError('Nothing is piped in. Write a path, or: infer run MODEL - < input.zip');
  if (options.tokenStdin === true)
    throw new UsageError('Both the key and the input would come from stdin. Give the key with INFERENCE_TOKEN.');
  return streamInput(cli.stdin);
}
