import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LegacyEnd } from '@inference/client';
import { extractZip } from '@inference/zips';
import { EXIT } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';
import { shownBytes } from '../output/units.ts';
import type { Session } from '../session.ts';
import type { OutputTarget } from '../task/output-target.ts';
import { stageLine } from '../task/stage.ts';

const EXITS: Readonly<Record<LegacyEnd['state'], number>> = {
  succeeded: EXIT.ok,
  failed: EXIT.taskFailed,
  gone: EXIT.error,
  unknown: EXIT.notFound,
};

/** Waits for the end of a task on a server of the original, and gets its output. */
export async function saveLegacy(session: Session, uid: string, target: OutputTarget): Promise<number> {
  const { notes, printer, cli, signal, options } = session;
  const folder = target.kind === 'zip' ? null : await mkdtemp(join(tmpdir(), 'infer-'));
  const zip = target.kind === 'zip' ? target.path : join(String(folder), 'output.zip');
  const limit = options.timeout === undefined ? null : AbortSignal.timeout(options.timeout * 1000);
  let read = 0;
  const onProgress = (bytes: number) => {
    read = bytes;
    notes.live(stageLine('download', shownBytes(bytes)));
  };
  try {
    notes.live(stageLine('waiting', ''));
    const both = limit === null ? signal : AbortSignal.any([signal, limit]);
    const { state, reason } = await (await session.legacyClient()).save(uid, zip, { signal: both, onProgress });
    notes.clear();
    if (state === 'succeeded') notes.line(stageLine('succeeded', `output ${shownBytes(read)}`));
    else notes.always(stageLine(state, reason));
    if (state !== 'succeeded') return EXITS[state];
    if (target.kind === 'folder') await extractZip(zip, target.path, { signal });
    if (target.kind === 'stdout') await pipeline(createReadStream(zip), cli.stdout, { end: false });
    else printer.line(resolve(target.path));
    return EXIT.ok;
  } catch (error) {
    notes.clear();
    const isTimedOut = !signal.aborted && limit?.aborted === true;
    if (signal.aborted || isTimedOut) notes.always(plainText(`still there: infer --legacy tasks output ${uid}`));
    if (isTimedOut) return EXIT.timedOut;
    throw error;
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}
