import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ControlPlane, FolderModel } from '@inference/contracts';
import type { ControlPlaneHarness } from '@inference/contracts/conformance';
import { systemClock } from '@inference/domain';
import { zipOf } from '@inference/testing';
import type { Deps } from '../deps.ts';
import { TaskFeeds } from '../feed/task-feeds.ts';
import { createLocalNews } from '../news/create-local-news.ts';
import { deleteTask } from '../services/delete-task.ts';
import { downloadOutput } from '../services/download-output.ts';
import { registerModel } from '../services/register-model.ts';
import { CONSUMER_KEY } from './serve-private-api.ts';
import { contentOf, givenTask, type LiveDeps, TESTER, testDeps } from './test-deps.ts';

export const HARNESS_OUTPUT_BYTES_MAX = 1_000_000;

/** A real platform, with the adapter that `adapt` puts in front of it. */
export async function controlPlaneHarness(
  adapt: (deps: Deps) => Promise<ControlPlane>,
): Promise<ControlPlaneHarness & { deps: LiveDeps; folder: string }> {
  const made = await testDeps({ outputBytesMax: HARNESS_OUTPUT_BYTES_MAX, consumerKey: CONSUMER_KEY });
  const news = createLocalNews(systemClock);
  const deps = { ...made, clock: systemClock, news, feeds: new TaskFeeds({ ...made, clock: systemClock, news }) };
  const modelZip = await zipOf({ 'weights.bin': 'weights '.repeat(20_000) });
  const upload = await deps.files.receive(Readable.from([modelZip]), modelZip.length);
  await registerModel(
    deps,
    {
      humanReadableId: 'echo',
      image: 'group/echo:1',
      description: '',
      useGpu: false,
      loosened: [],
      limits: {},
      retriesMax: 0,
      zip: { upload, name: 'model.zip' },
    },
    TESTER,
  );
  return {
    deps,
    folder: made.folder,
    control: await adapt(deps),
    outputBytesMax: HARNESS_OUTPUT_BYTES_MAX,
    givenTask: async () => {
      const uid = await givenTask(deps);
      const { inputKey } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
      return { uid, modelZip, input: (await contentOf(deps, inputKey)) as Buffer };
    },
    cancel: (uid) => deleteTask(deps, uid, null, TESTER),
    output: async (uid) => {
      const answer = await downloadOutput(deps, uid, null);
      return answer.kind === 'output' ? await contentOf(deps, answer.key) : null;
    },
    rows: (uid) => deps.db.task.findUniqueOrThrow({ where: { uid }, include: { attempts: true } }),
    folderModels: () =>
      deps.db.model.findMany({
        where: { folder: { not: null } },
        select: { humanReadableId: true, description: true, image: true, folder: true },
      }) as Promise<FolderModel[]>,
    log: async (uid) => {
      const { id, progress } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
      const rows = await deps.store.listPieces(id, 0n, { countMax: 1_000, bytesMax: 1e9 });
      return { pieces: rows.map(({ stream, offset, text, open }) => `${stream} ${offset} ${text}${open ? '...' : ''}`), progress };
    },
    countFiles: async () => (await readdir(join(made.folder, 'tmp'))).length + (await readdir(join(made.folder, 'outputs'))).length,
  };
}
