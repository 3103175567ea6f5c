import { POOLS } from '@inference/domain';
import type { StoreTx } from '@inference/private-api';
import fc from 'fast-check';

/** A statement with its parameters. */
export type Call = { readonly [Name in keyof StoreTx]: { readonly name: Name; readonly parts: Parameters<StoreTx[Name]> } }[keyof StoreTx];

type Arbitraries<Parts extends readonly unknown[]> = { [Index in keyof Parts]: fc.Arbitrary<Parts[Index]> };

/** Few of everything, so that statements meet the rows of others; some that are never there. */
const pick = <const Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const mostly = <const Value>(usual: Value, ...others: readonly Value[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** The last ones, or, in few cases, the first: what a constraint refuses. */
const rarely = <const Value>(odd: Value, ...usual: readonly Value[]) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(odd) }, { weight: 15, arbitrary: fc.constantFrom(...usual) });

const uid = pick('a', 'b', 'c');
const taskId = mostly(1, 2, 3, 9);
const owner = pick('anna', 'ben');
const viewer = pick(null, 'anna', 'ben');
const pool = mostly('docker-cpu' as const, 'docker-gpu', 'process');
const modelId = pick('cpu', 'gpu', 'folder', 'none');
const consumerId = pick('c1', 'c2', 'c3');
const bootId = pick('b1', 'b2');
const reason = pick('It broke.', 'The disk is full.', '');
const sha256 = pick('a'.repeat(64), 'b'.repeat(64));
const labels = fc.dictionary(pick('project', 'run'), pick('1', '2'));
const lines = fc.array(pick('one', 'two', 'drei ü'), { maxLength: 25 });
const token = mostly('right', 'wrong');
const lease = fc.record({ taskUid: uid, attempt: mostly(1, 2, 3), token });
const heldRow = fc.record({ taskId, attempt: mostly(1, 2, 3) }).map((named) => ({
  ...{
    taskUid: '',
    pool: 'docker-cpu' as const,
    state: 'running' as const,
    newest: 1,
    faults: 0,
    modelFaults: 0,
    modelRetriesMax: 0,
    inputKey: '',
    heartbeat: 0,
  },
  ...{ outcome: null, outputSha256: null, inputBytes: 0n, inputSha256: '', zipKey: null, zipBytes: null, zipSha256: null },
  ...named,
}));
const failure = fc.record(
  { class: pick('infrastructure' as const, 'model_error', 'cancelled'), reason },
  { requiredKeys: ['class', 'reason'] },
);
const exitCode = pick(3, 137);
const failureWithCode = fc.oneof(failure, fc.record({ class: pick('timeout' as const), reason, exitCode }));
const actor = fc.record({ owner: pick('anna', 'root'), key: pick(null, 'abcdefgh'), requestId: pick(null, 'r1') });
const countMax = pick(1, 2, 100);
const key = fc.oneof(
  uid.map((name) => `inputs/${name}.zip`),
  pick('outputs/a.zip', 'models/cpu.zip'),
);
const trouble = fc.dictionary(pick(...POOLS), pick('no driver', 'old engine'));
const node = fc.record({
  labels,
  capacity: fc.constant({ cpuMillis: 4_000, memoryBytes: 2 ** 34, shmBytes: 2 ** 30, scratchBytes: 2 ** 36 }),
  devices: fc.constant([]),
});
const supply = fc.record({
  node: fc.oneof(fc.constant(null), node),
  pools: fc.uniqueArray(pick(...POOLS), { maxLength: 3 }),
  gpus: pick(0, 1, 2),
  trouble,
});
const folderModel = fc.record({
  uid: fc.uuid(),
  humanReadableId: modelId,
  description: pick('', 'text'),
  image: pick('one:1', 'two:1'),
  folder: pick('/m/one', '/m/two'),
});
const limits = fc.constant({
  memoryBytes: 2 ** 33,
  shmBytes: 2 ** 20,
  pidsMax: 100,
  timeMs: 3_600_000,
  hangMs: null,
  cpus: null,
  outputBytes: 2 ** 30,
});
const limit = pick(null, null, 5_000, 7_200_000);
const input = fc.record({ bytes: pick(10, 2 ** 33), sha256 });
const piece = fc.record({
  stream: pick('stdout' as const, 'stderr'),
  offset: pick(0, 0, 2, 3, 5, 6, 1_048_574),
  text: pick('ab', 'é\n', 'xyz'),
  open: mostly(false, true),
});
const progress = fc.record({ fraction: pick(0.1, 0.333_333_3, 1, 2, null), text: pick('', 'half') });
const live = fc.record({ pieces: fc.array(piece, { maxLength: 3 }), progress: fc.oneof(fc.constant(null), progress) });
const timeLimit = rarely(-1, null, 60_000, 5_000_000);
/** Those that are set are over once rows were made old, and not before. */
const deadline = pick(null, null, 3_600_000);
const clientKey = pick(null, null, 'x', 'y');
const page = fc.record({ countMax, bytesMax: pick(1, 3, 1000) });
const taskRow = fc.record({ id: taskId, pool, orderKey: pick(1_767_225_600_000n, 1_767_225_601_234n, 0n) });

const asks = pick({}, {}, {}, { gpus: 2 }, { memoryBytes: 2 ** 33 }, { labels: { project: '1' } });

const newTask = fc.record({ uid, owner, pool, failsWith: mostly(null, 'No GPU.'), modelId: rarely(9, 1, 2), input, labels }).chain((task) =>
  fc
    .record({
      timeLimitMs: timeLimit,
      deadlineMs: deadline,
      clientKey,
      queuedMax: mostly(null, 1, 2),
      retryOf: rarely(9, null, null, null, 1),
      ...{ priority: rarely(2, -1, 0, 1), headStartMs: pick(0, 0, 14_400_000, -14_400_000), asks },
      ...{ runningMax: rarely(0, null, null, 1), modelQueuedMax: mostly(null, 1, 2) },
    })
    .map((more) => ({
      ...task,
      ...more,
      input: { ...task.input, key: `inputs/${task.uid}.zip` },
    })),
);
const newModel = fc.record(
  {
    uid: fc.oneof(fc.uuid(), pick('cpu')),
    humanReadableId: modelId,
    image: pick('one:1'),
    useGpu: fc.boolean(),
    ...{
      memoryBytes: pick(2 ** 33),
      shmBytes: pick(2 ** 20),
      pidsMax: pick(10),
      timeMs: pick(3_600_000, 1_000),
      hangMs: pick(null, 60_000, 0),
      cpus: pick(null, 1.5, 0),
      outputBytes: pick(2 ** 40, 0),
      retriesMax: pick(0, 5, 6),
    },
    ...{ description: pick('text'), loosened: fc.array(pick('root', 'network'), { maxLength: 2 }) },
    ...{ zipKey: pick('models/cpu.zip', null), zipName: pick('m.zip'), zipBytes: pick(7, null), zipSha256: sha256 },
  },
  { requiredKeys: ['uid', 'humanReadableId', 'image', 'useGpu', 'memoryBytes', 'shmBytes', 'pidsMax', 'timeMs'] },
);
const modelUpdate = fc.record({
  description: pick(null, 'new'),
  ...{ memoryBytes: pick(null, 2 ** 32), shmBytes: pick(null), pidsMax: pick(null, 5), timeMs: limit, disabled: pick(null, true, false) },
  ...{ cpus: pick(undefined, undefined, null, 0.5), outputBytes: pick(null, 2 ** 20) },
  ...{ hangMs: pick(undefined, undefined, null, 5_000), retriesMax: pick(null, null, 2), asks: pick(null, null, {}, { gpus: 2 }) },
  ...{ runningMax: pick(undefined, undefined, null, 1), queuedMax: pick(undefined, undefined, null, 1) },
});
const claim = fc.record({
  pool,
  holding: fc.uniqueArray(uid, { maxLength: 1 }),
  claimId: pick('k1', 'k2', 'k3', 'k4', 'k5'),
  owner: mostly('anna', 'ben'),
  ...{ consumerId, bootId, token },
});
const output = fc.record({ key: pick('outputs/a.zip'), bytes: pick(20), sha256, warnings: lines, stdout: lines, stderr: lines });
const holding = fc.array(fc.record({ taskUid: uid, attempt: mostly(1, 2) }), { maxLength: 3 });
const holder = fc.record({ consumerId, bootId, holding });
const attemptEnd = fc.record(
  {
    outcome: pick('succeed', 'fail', 'hand_back', 'lost', 'lost'),
    stdout: lines,
    stderr: lines,
    failure: failureWithCode,
    outputSha256: sha256,
  },
  { requiredKeys: ['outcome', 'stdout', 'stderr'] },
);
const auditEntry = fc.record(
  { action: pick('task.read' as const, 'key.made'), subject: uid, detail: fc.record({ part: pick('input', 'log'), n: pick(1, null) }) },
  { requiredKeys: ['action', 'subject'] },
);
const clientKeyed = fc.record({
  owner,
  clientKey,
  modelId: pick(1, 2),
  labels,
  timeLimitMs: timeLimit,
  deadlineMs: deadline,
  sha256,
  asks,
  priority: pick(0, 1),
});
const look = pick('few' as const, 'many');
const setting = pick('installation_id' as const, 'file_store_id');

/** How the parameters of each statement are drawn; those that are no part of the simulation are left out. */
export const PARTS: { readonly [Name in keyof StoreTx]?: Arbitraries<Parameters<StoreTx[Name]>> } = {
  answer: [],
  ...{
    findClaim: [claim.map(({ claimId }) => claimId)],
    claimNext: [claim, look],
    whatWaits: [pool],
    lockHeld: [lease],
    findHeld: [lease],
    listLeases: [],
  },
  claimDecided: [
    claim,
    fc.record({ taskId, gpuUuids: fc.uniqueArray(pick('GPU-1', 'GPU-2', 'GPU-3'), { maxLength: 2 }), decided: mostly(0, 1, 2) }),
  ],
  ...{ readQueue: [pool, fc.uniqueArray(uid, { maxLength: 1 }), look], listNodes: [pool] },
  lockSilent: [fc.record({ taskId, attempt: mostly(1, 2), heartbeat: mostly(0, 1, 2) })],
  ...{ listAbandoned: [consumerId, bootId], takeOver: [holder], raiseHeartbeat: [heldRow], endAttempt: [heldRow, attemptEnd] },
  ...{ setSucceeded: [lease, output], setEnded: [heldRow, failureWithCode], setRunningAgain: [heldRow] },
  setRetried: [heldRow, fc.record({ delayMs: mostly(0, 1_234, 5_000), charge: pick(null, 'infrastructure', 'model') })],
  ...{
    insertAudit: [actor, auditEntry],
    insertRead: [actor, fc.record({ uid, part: pick('input', 'log') })],
    deleteAudit: [pick(1), pick(100)],
  },
  upsertConsumer: [fc.record({ owner, consumerId, bootId }).chain((named) => supply.map((more) => ({ ...named, ...more })))],
  ...{ isOfAnother: [consumerId, owner], deleteConsumer: [consumerId], poolSupply: [pool] },
  endOverdueTasks: [fc.record({ words: fc.constant({ queued: 'it waited.', running: 'it ran.' }), countMax })],
  ...{
    // Which go first is nobody's concern, and so it is not said.
    deleteEvents: [pick(3_600), pick(100)],
    measureModels: [],
    listHeldAttempts: [],
    lockRunning: [fc.record({ taskId, attempt: mostly(1, 2), timeMs: pick(1n) })],
  },
  ...{ endDeviceLeases: [lease], endGoneDevices: [consumerId, holding], listLeftovers: [holder], endDevicesOf: [consumerId] },
  insertEvent: [fc.record({ taskId, kind: pick('image', 'queued'), attempt: pick(1), text: reason }, { requiredKeys: ['taskId', 'kind'] })],
  ...{ findSeen: [uid, viewer], findFollowed: [uid] },
  ...{ keepLive: [lease, live], listPieces: [taskId, pick(0n, 1n, 3n), page], deletePieces: [taskId] },
  ...{ listAttemptPieces: [taskId, mostly(1, 2), pick(null, 'stdout', 'stderr')], listLogEnds: [taskId, mostly(1, 2)] },
  ...{ insertModel: [newModel], findTaskModel: [modelId], findModel: [modelId], findModelByUid: [pick('cpu', 'gpu', 'none')] },
  ...{ upsertFolderModels: [fc.array(folderModel, { maxLength: 3 }), limits], findTakenIds: [fc.array(modelId, { maxLength: 3 })] },
  updateModel: [modelId, modelUpdate],
  ...{ findPurgeable: [pick(3_600), pick(100)], lockPurgeable: [taskId, pick(3_600)], markPurged: [taskId], eraseTexts: [taskId] },
  findReferencedKeys: [fc.array(key, { maxLength: 4 })],
  ...{ findSetting: [setting], settleSetting: [setting, pick('one', 'two')] },
  ...{ insertTask: [newTask], lockQueueOf: [owner], hasQueued: [owner, pick(1, 2, 3)], findByClientKey: [clientKeyed] },
  ...{ hasClientKey: [owner, pick('x', 'y')], findTask: [uid], findTaskFor: [uid, viewer], findOutput: [uid, viewer] },
  ...{ countBefore: [taskRow], forgetRing: [uid], takeUnrung: [pool, fc.record({ silentSeconds: pick(15), countMax })] },
  ...{ cancelTask: [uid], markDeleted: [uid], pinImage: [taskId, pick('one@1', 'one@2')] },
  failWaitingGpuTasks: [fc.record({ waitedHours: pick(1, 24), reason, countMax })],
  moveWaitingGpuTasksToCpu: [],
  ...{ findTaskView: [uid, viewer], findTaskFiles: [uid, viewer], findState: [uid, viewer], setRequeued: [uid, viewer] },
};

/** Statements that lead on in the life of a task come more often: the others need what they make. */
const OFTEN: Readonly<Partial<Record<keyof StoreTx, number>>> = {
  ...{
    insertTask: 12,
    claimNext: 12,
    claimDecided: 8,
    readQueue: 5,
    setRetried: 6,
    endAttempt: 6,
    setEnded: 4,
    setSucceeded: 6,
    keepLive: 8,
    upsertConsumer: 4,
  },
  ...{
    cancelTask: 3,
    setRequeued: 3,
    measureModels: 3,
    raiseHeartbeat: 4,
    lockPurgeable: 3,
    findTaskView: 4,
    insertModel: 2,
    markDeleted: 2,
  },
  ...{ findHeld: 3, findPurgeable: 3, findReferencedKeys: 3, deletePieces: 3, findTaskFor: 2, findTask: 2 },
  ...{ findByClientKey: 2, findModelByUid: 2, isOfAnother: 2, listAttemptPieces: 3, listLogEnds: 3, lockSilent: 3, takeOver: 3 },
};

export const anyCall: fc.Arbitrary<Call> = fc.oneof(
  ...(Object.keys(PARTS) as (keyof StoreTx)[]).map((name) => ({ weight: OFTEN[name] ?? 1, arbitrary: callOf(name) })),
);

/** Calls of one statement. */
export function callOf(name: keyof StoreTx): fc.Arbitrary<Call> {
  const parts = (PARTS[name] ?? []) as readonly fc.Arbitrary<unknown>[];
  return fc.tuple(...parts).map((drawn) => ({ name, parts: drawn }) as unknown as Call);
}
