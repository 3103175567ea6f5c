import { type LegacyModel, openInput } from '@inference/client';
import { EXIT } from '../exit-codes.ts';
import type { View } from '../output/printer.ts';
import type { Session } from '../session.ts';
import type { NewModelOptions } from '../task/new-model-options.ts';
import { RESOURCE_FLAGS, resourcesOf } from '../task/resource-options.ts';
import { stageLine } from '../task/stage.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import { UsageError } from '../usage-error.ts';

const VIEW: View<LegacyModel> = {
  columns: [
    { title: 'id', text: ({ human_readable_id: id }) => id },
    { title: 'gpu', text: ({ use_gpu: gpu }) => (gpu === false ? 'no' : 'yes') },
    { title: 'files', text: ({ model_available: available }) => (available === true ? 'yes' : 'no') },
    { title: 'image', text: ({ container_tag: image }) => image },
    { title: 'description', text: ({ description }) => description ?? '' },
  ],
  name: ({ human_readable_id: id }) => id,
};

/** `infer models list --legacy`. */
export async function listLegacyModels({ legacyClient, printer, signal }: Session): Promise<void> {
  await printer.list(await (await legacyClient()).models({ signal }), VIEW);
}

/** `infer models add --legacy`: posts a model. */
export async function addLegacyModel(session: Session, id: string, options: NewModelOptions): Promise<number> {
  const { sample, timeLimit, hangSeconds, memory, retries, cpus, output, runningTasks, queuedTasks } = options;
  const unknown = [sample, timeLimit, hangSeconds, memory, retries, cpus, output, runningTasks, queuedTasks, resourcesOf(options)];
  if (unknown.some((each) => each !== undefined))
    throw new UsageError(
      `--sample, --time-limit, --hang-seconds, --retries, --memory, --cpus, --output, --running-tasks, --queued-tasks, ${RESOURCE_FLAGS} do not work with --legacy: the Python original knows none of them.`,
    );
  const { notes, printer, signal } = session;
  const files = options.weights === undefined ? undefined : await openInput(options.weights);
  const startMs = performance.now();
  const onProgress = (bytes: number) =>
    notes.live(stageLine('uploading', transferLine(bytes, files?.bytes ?? null, performance.now() - startMs)));
  const model = { human_readable_id: id, container_tag: options.image, use_gpu: options.gpu === true, description: options.description };
  const made = await (await session.legacyClient()).registerModel(model, files, { signal, onProgress });
  notes.clear();
  printer.one(made, VIEW);
  return EXIT.ok;
}
