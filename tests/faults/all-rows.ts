import type { LeftOut, Row } from './row.ts';
import { imageMissing, imageMoved } from './rows/bad-image.ts';
import { halfOpenToApi, halfOpenToBroker, halfOpenToPostgres, slowNetwork } from './rows/bad-network.ts';
import { brokerAway, brokerBlocked, brokerKilled, brokerWiped, ringsDoubled } from './rows/broker-away.ts';
import { cancelRaces, cancelWithoutConsumer } from './rows/cancel.ts';
import { consumerBlocked, consumerCutOff, consumerCutOffAndReplaced, consumerFrozen, consumerGone } from './rows/consumer-away.ts';
import {
  consumerKilledBeforeUpload,
  consumerKilledInPrepare,
  consumerKilledInRun,
  consumerKilledInUpload,
} from './rows/consumer-killed.ts';
import { outputsDamaged } from './rows/damaged-files.ts';
import { filesDiskFull, workDiskFull } from './rows/disk-full.ts';
import { dockerHangs, dockerRestarted } from './rows/docker-away.ts';
import { everythingKilled } from './rows/everything-killed.ts';
import { leaseWatchGone } from './rows/lease-watch-gone.ts';
import {
  postgresAway,
  postgresDiskFull,
  postgresKilledInFinish,
  postgresRestartedInSubmit,
  postgresSessionsTaken,
} from './rows/postgres-away.ts';
import {
  privateApiKilledAfterCommit,
  privateApiKilledBeforeCommit,
  privateApiKilledBeforeConfirm,
  privateApiKilledBeforePublish,
  privateApiKilledInUpload,
} from './rows/private-api-killed.ts';
import { relayKilled } from './rows/relay-killed.ts';
import { rollingUpgrade } from './rows/rolling-upgrade.ts';
import { singleServerKilled, singleServerTwice } from './rows/single-server.ts';
import { wrongClock } from './rows/wrong-clock.ts';

/** Every row that can be played, in the order of the fault matrix. */
export const ROWS: readonly Row[] = [
  privateApiKilledInUpload,
  privateApiKilledBeforeCommit,
  privateApiKilledAfterCommit,
  privateApiKilledBeforePublish,
  privateApiKilledBeforeConfirm,
  relayKilled,
  postgresRestartedInSubmit,
  postgresKilledInFinish,
  postgresAway,
  postgresSessionsTaken,
  postgresDiskFull,
  brokerKilled,
  brokerWiped,
  brokerAway,
  brokerBlocked,
  ringsDoubled,
  consumerKilledInPrepare,
  consumerKilledInRun,
  consumerKilledBeforeUpload,
  consumerKilledInUpload,
  consumerGone,
  consumerFrozen,
  consumerBlocked,
  consumerCutOff,
  consumerCutOffAndReplaced,
  halfOpenToApi,
  halfOpenToBroker,
  halfOpenToPostgres,
  slowNetwork,
  wrongClock,
  dockerRestarted,
  dockerHangs,
  imageMissing,
  imageMoved,
  cancelRaces,
  cancelWithoutConsumer,
  filesDiskFull,
  workDiskFull,
  outputsDamaged,
  leaseWatchGone,
  singleServerTwice,
  singleServerKilled,
  rollingUpgrade,
  everythingKilled,
];

/** What the matrix has and is not played, and why. */
export const LEFT_OUT: readonly LeftOut[] = [
  { number: 43, fault: 'S3 slow, 503, or 200 and then missing', why: 'no S3 store yet' },
  { number: 49, fault: 'webhook receiver dead, slow, or redirecting inward', why: 'no webhooks yet' },
];
