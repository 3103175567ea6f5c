import type { StoreTx } from '@inference/private-api';
import { answer } from './answer-store.ts';
import {
  endAttempt,
  findHeld,
  listAbandoned,
  listHeldAttempts,
  listLeases,
  lockHeld,
  lockRunning,
  lockSilent,
  raiseHeartbeat,
  setEnded,
  setRetried,
  setRunningAgain,
  setSucceeded,
  takeOver,
} from './attempt-store.ts';
import { deleteAudit, insertAudit, insertRead } from './audit-store.ts';
import { claimDecided, claimNext, findClaim, whatWaits } from './claim-store.ts';
import { deleteConsumer, isOfAnother, poolSupply, upsertConsumer } from './consumer-store.ts';
import { deleteEvents, endOverdueTasks } from './deadline-store.ts';
import { endDeviceLeases, endDevicesOf, endGoneDevices, listLeftovers } from './device-store.ts';
import { measureModels } from './duration-store.ts';
import { insertEvent } from './event-store.ts';
import { findFollowed, findSeen } from './feed-store.ts';
import { deletePieces, keepLive, listAttemptPieces, listLogEnds, listPieces } from './log-store.ts';
import { findModel, findModelByUid, findTakenIds, findTaskModel, insertModel, updateModel, upsertFolderModels } from './model-store.ts';
import { eraseTexts, findPurgeable, findReferencedKeys, lockPurgeable, markPurged } from './purge-store.ts';
import { listNodes, readQueue } from './queue-store.ts';
import { findSetting, settleSetting } from './setting-store.ts';
import type { Statement } from './statement.ts';
import {
  cancelTask,
  countBefore,
  failWaitingGpuTasks,
  findByClientKey,
  findOutput,
  findTask,
  findTaskFor,
  forgetRing,
  hasClientKey,
  hasQueued,
  insertTask,
  lockQueueOf,
  markDeleted,
  moveWaitingGpuTasksToCpu,
  pinImage,
  takeUnrung,
} from './task-store.ts';
import { findState, findTaskFiles, findTaskView, setRequeued } from './task-view-store.ts';

/** Stands for a statement that no part of the life of a task uses. */
const NOT_SIMULATED = 'not simulated';

/** Every statement of the store, by its name: a new one is a compile error here until it is simulated, or said not to be. */
export const STATEMENTS: { readonly [Name in keyof StoreTx]: Statement<Name> | typeof NOT_SIMULATED } = {
  answer,
  ...{ findHeld, listLeases, lockHeld, lockSilent, listHeldAttempts, lockRunning, takeOver, listAbandoned, raiseHeartbeat },
  ...{ endAttempt, setSucceeded, setEnded, setRetried, setRunningAgain },
  ...{ findClaim, claimNext, whatWaits, claimDecided, readQueue, listNodes },
  ...{ insertAudit, insertRead, deleteAudit, listAudit: NOT_SIMULATED },
  ...{ upsertConsumer, isOfAnother, deleteConsumer, poolSupply },
  insertEvent,
  readModelUsage: NOT_SIMULATED,
  endOverdueTasks,
  deleteEvents,
  measureModels,
  ...{ endDeviceLeases, endGoneDevices, listLeftovers, endDevicesOf },
  ...{ findSeen, findFollowed },
  ...{ findLiveKey: NOT_SIMULATED, touchKey: NOT_SIMULATED, insertKey: NOT_SIMULATED, listKeys: NOT_SIMULATED, hasKey: NOT_SIMULATED },
  ...{ lockLiveKey: NOT_SIMULATED, updateKey: NOT_SIMULATED, setRevoked: NOT_SIMULATED, replaceSecret: NOT_SIMULATED },
  ...{ keepLive, listPieces, listAttemptPieces, listLogEnds, deletePieces },
  ...{ insertModel, findTaskModel, findModel, findModelByUid, upsertFolderModels, findTakenIds, updateModel },
  ...{ listModels: NOT_SIMULATED, listModelPage: NOT_SIMULATED },
  sendNews: NOT_SIMULATED,
  ...{ listConsumers: NOT_SIMULATED, listGpus: NOT_SIMULATED, countByPool: NOT_SIMULATED },
  ...{ findPurgeable, lockPurgeable, markPurged, eraseTexts, findReferencedKeys },
  ...{ findSetting, settleSetting },
  ...{ insertTask, lockQueueOf, hasQueued, findByClientKey, hasClientKey, findTask, findTaskFor, findOutput, countBefore },
  ...{ forgetRing, takeUnrung, cancelTask, markDeleted, pinImage, failWaitingGpuTasks, moveWaitingGpuTasksToCpu, listTasks: NOT_SIMULATED },
  ...{ findTaskView, findTaskFiles, findState, setRequeued, listTaskItems: NOT_SIMULATED },
};
