// A thread of its own that renews leases, so that they are kept however busy the thread is that packs, hashes and unpacks.

import { parentPort } from 'node:worker_threads';
import { systemClock } from '@inference/domain';
import { Api } from './api.ts';
import { renewLease } from './renew-lease.ts';
import type { FromWorker, ToWorker } from './renew-messages.ts';
import { Renewals } from './renewals.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the body of a worker thread');

let api: Api | null = null;
const renewals = new Renewals(
  (lease) => {
    if (api === null) throw new Error('the worker was not started');
    return renewLease(api, lease);
  },
  systemClock,
  (message: FromWorker) => port.postMessage(message),
);

port.on('message', (message: ToWorker) => {
  renewals.heard();
  if (message.kind === 'start') api = new Api(message.url, message.key);
  if (message.kind === 'keep') renewals.keep(message.id, message.lease, message);
  if (message.kind === 'drop') renewals.drop(message.id);
});
