import { EXIT } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import { readInput } from '../task/read-input.ts';
import { RESOURCE_FLAGS, type ResourceOptions, resourcesOf } from '../task/resource-options.ts';
import { runTarget } from '../task/run-target.ts';
import { UploadLine } from '../task/upload-line.ts';
import { UsageError } from '../usage-error.ts';
import { saveLegacy } from './save-legacy.ts';

type RunOptions = ResourceOptions & {
  readonly outputFile?: string;
  readonly detach?: boolean;
  readonly label?: Record<string, string>;
  readonly timeLimit?: number;
  readonly deadline?: number;
  readonly priority?: string;
};

/** `infer run --legacy`: posts a task, waits, gets its output. */
export async function runLegacy(session: Session, model: string, path: string, options: RunOptions): Promise<number> {
  const unknown = [options.label, options.timeLimit, options.deadline, options.priority, resourcesOf(options)];
  if (unknown.some((each) => each !== undefined))
    throw new UsageError(
      `--label, --time-limit, --deadline, --priority, ${RESOURCE_FLAGS} do not work with --legacy: the Python original knows none of them.`,
    );
  const { notes, printer, signal } = session;
  const target = options.detach === true ? null : await runTarget(session, path, options.outputFile);
  const input = await readInput(session, path);
  const client = await session.legacyClient();
  using upload = new UploadLine(notes, input);
  const uid = await client.submit(model, input, { signal, onProgress: upload.onProgress });
  upload.done({ id: uid });
  if (target !== null) return await saveLegacy(session, uid, target);
  printer.line(plainText(uid));
  return EXIT.ok;
}
