import type { ControlPlane } from '@inference/contracts';
import type { Deps } from './deps.ts';
import { claimTask } from './services/claim-task.ts';
import { inputKey, modelZipKey } from './services/fetch-files.ts';
import { finishAttempt } from './services/finish-attempt.ts';
import { greetConsumer } from './services/greet-consumer.ts';
import { noteProgress } from './services/note-progress.ts';
import { pinImage } from './services/pin-image.ts';
import { putOutput } from './services/put-output.ts';
import { renewLease } from './services/renew-lease.ts';

/** The control plane for a consumer in the same process: the services, called directly. */
export function directControlPlane(deps: Deps): ControlPlane {
  return {
    hello: (consumer) => greetConsumer(deps, consumer),
    claim: (request) => claimTask(deps, request),
    renew: (lease) => renewLease(deps, lease),
    note: (lease, text) => noteProgress(deps, lease, text),
    pinImage: (lease, image) => pinImage(deps, lease, image),
    fetchInput: async (lease, path) => deps.files.copyTo(await inputKey(deps, lease), path),
    fetchModelZip: async (lease, path) => deps.files.copyTo(await modelZipKey(deps, lease), path),
    putOutput: (lease, zip) => putOutput(deps, lease, zip),
    report: (lease, outcome, tails) => finishAttempt(deps, lease, outcome, tails),
  };
}
