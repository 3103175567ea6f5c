import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ProblemError, type Task } from '@inference/client';
import { extractZip } from '@inference/zips';
import { plainText } from '../output/plain-text.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import type { Session } from '../session.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import type { OutputTarget } from './output-target.ts';
import { stageLine } from './stage.ts';

/** Gets the output of a task that succeeded; answers where it is, null for stdout. Ctrl-C keeps what came, and says how to go on. */
export async function fetchOutput(session: Session, task: Task, target: OutputTarget): Promise<string | null> {
  if (target.kind === 'stdout') return await pour(session, task);
  const { notes, signal } = session;
  const client = await session.client();
  const total = task.output?.bytes ?? null;
  const zip = target.kind === 'zip' ? target.path : `${target.path.replace(/\/+$/, '')}.zip`;
  const startMs = performance.now();
  let first: number | null = null;
  const onProgress = (bytes: number) => {
    first ??= bytes;
    notes.live(stageLine('download', transferLine(bytes, total, performance.now() - startMs, first)));
  };
  try {
    await client.tasks.downloadOutput(task.id, zip, { signal, onProgress });
  } catch (error) {
    notes.clear();
    // A server that refuses has sent nothing.
    if (!(error instanceof ProblemError))
      notes.always(`What came is kept. Go on: infer tasks output ${task.id} -O ${plainText(target.path)}`);
    throw error;
  }
  notes.clear();
  const resumed = first === null || first === 0 ? '' : `, ${shownBytes(first)} of it earlier`;
  notes.line(stageLine('downloaded', `${shownBytes(total ?? 0)} in ${shownSeconds((performance.now() - startMs) / 1000)}${resumed}`));
  if (target.kind === 'zip') return resolve(zip);
  try {
    await extractZip(zip, target.path, { signal });
  } catch (error) {
    notes.always(`The output cannot be unpacked. It is in ${plainText(zip)}`);
    throw error;
  }
  await rm(zip);
  return resolve(target.path);
}

async function pour({ cli, signal, client }: Session, task: Task): Promise<null> {
  for await (const piece of (await client()).tasks.output(task.id, { signal })) {
    if (!cli.stdout.write(piece)) await once(cli.stdout, 'drain', { signal });
  }
  return null;
}
