import { addAbortSignal } from 'node:stream';
import { type ControlPlane, consumerInfoSchema, liveBatchSchema, reportSchema } from '@inference/contracts';
import { checkMessage } from './check-message.ts';
import type { Deps } from './deps.ts';
import { keepLease } from './keep-lease.ts';
import { claimTask } from './services/claim-task.ts';
import { inputOf, modelZipOf } from './services/fetch-files.ts';
import { findLogEnds } from './services/find-log-ends.ts';
import { finishAttempt } from './services/finish-attempt.ts';
import { freeDevices } from './services/free-devices.ts';
import { greetConsumer } from './services/greet-consumer.ts';
import { keepLive } from './services/keep-live.ts';
import { pinImage } from './services/pin-image.ts';
import { putOutput } from './services/put-output.ts';
import { SERVER } from './store/audit-store.ts';

/**
 * The control plane for a consumer in the same process: the services, called directly. What holds text of models or engines goes through
 * the same checks as over HTTP, which make it storable.
 */
export function directControlPlane(deps: Deps): ControlPlane {
  return {
    hello: async (consumer) => greetConsumer(deps, checkMessage(consumerInfoSchema, consumer), SERVER),
    claim: (request) => claimTask(deps, request, SERVER.owner),
    keepLease: (lease, keeping) => keepLease(deps, lease, keeping),
    tellLive: async (lease, batch) => keepLive(deps, lease, checkMessage(liveBatchSchema, batch)),
    findLogEnds: (lease) => findLogEnds(deps, lease),
    pinImage: (lease, image) => pinImage(deps, lease, image),
    fetchInput: async (claimed, path) => deps.files.copyTo((await inputOf(deps, claimed)).key, path),
    fetchModelZip: async (claimed, path) => deps.files.copyTo((await modelZipOf(deps, claimed)).key, path),
    putOutput: (lease, openZip, signal) => {
      const zip = openZip();
      // Who reads it hears of its end, too, but may begin to listen only later; without a listener it would end the process.
      zip.on('error', () => {});
      return putOutput(deps, lease, addAbortSignal(signal, zip));
    },
    freeDevices: (lease) => freeDevices(deps, lease),
    report: async (lease, outcome, tails) => {
      const checked = checkMessage(reportSchema, { outcome, tails });
      return finishAttempt(deps, lease, checked.outcome, checked.tails);
    },
  };
}
