import { EXIT } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import type { Session } from '../session.ts';
import { readInput } from '../task/read-input.ts';
import { runTarget } from '../task/run-target.ts';
import { stageLine } from '../task/stage.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import { UsageError } from '../usage-error.ts';
import { saveLegacy } from './save-legacy.ts';

type RunOptions = {
  readonly outputFile?: string;
  readonly detach?: boolean;
  readonly label?: Record<string, string>;
  readonly timeLimit?: number;
};

/** `infer run --legacy`: posts a task, waits, gets its output. */
export async function runLegacy(session: Session, model: string, path: string, options: RunOptions): Promise<number> {
  if (options.label !== undefined || options.timeLimit !== undefined)
    throw new UsageError('--label and --time-limit do not work with --legacy: the Python original knows neither.');
  const { notes, printer, signal } = session;
  const target = options.detach === true ? null : await runTarget(session, path, options.outputFile);
  const input = await readInput(session, path);
  for (const warning of input.warnings) notes.line(stageLine('note', warning));
  const startMs = performance.now();
  let read = 0;
  const onProgress = (bytes: number) => {
    read = bytes;
    notes.live(stageLine('uploading', transferLine(bytes, input.bytes, performance.now() - startMs)));
  };
  const uid = await (await session.legacyClient()).submit(model, input, { signal, onProgress });
  notes.clear();
  notes.line(stageLine('uploaded', `${shownBytes(read)} in ${shownSeconds((performance.now() - startMs) / 1000)}`));
  notes.line(plainText(`task ${uid}`));
  if (target !== null) return await saveLegacy(session, uid, target);
  printer.line(plainText(uid));
  return EXIT.ok;
}
