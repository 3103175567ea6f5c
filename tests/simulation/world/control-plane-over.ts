import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Outage, Patience, Renewals, UnansweredClaims } from '@inference/consumer';
import type { ControlPlane, Lease, RenewReply } from '@inference/contracts';
import type { Disk } from '@inference/disk';
import { AppError } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import { awaitStop, inputOf, modelZipOf, renewLease } from '@inference/private-api/simulated';
import type { LinkFaults, Network, RunningApi } from './network.ts';
import type { ProcessLife } from './process-life.ts';

/** As in the HTTP adapter. */
const CLAIM_PATIENCE_MS = 2_000;
const FETCH_PATIENCE_MS = 5 * 60_000;
const RESULT_PATIENCE_MS = 24 * 3_600_000;
const STOP_HELD_MS = 5_000;
const STOP_AGAIN_MS = 5_000;

export type Way = { readonly life: ProcessLife; readonly link: LinkFaults; readonly network: Network; readonly disk: Disk };

/**
 * The control plane of a simulated consumer: what the HTTP adapter does (waiting for an API that is away, repeating claims that were not
 * answered, renewing beside), over a network with faults instead of sockets.
 */
export function controlPlaneOver(way: Way): ControlPlane {
  const { life, network } = way;
  const { clock } = life;
  const call = <Answer>(work: (api: RunningApi) => Promise<Answer>) => network.call(way, work);
  const unanswered = new UnansweredClaims();
  const patience = (forMs: number, signal?: AbortSignal) => new Patience({ clock, forMs, ...(signal === undefined ? {} : { signal }) });
  const renew = (lease: Lease) => call((api) => renewLease(api.deps, lease));
  const replies = new Map<number, (reply: RenewReply) => void>();
  const renewals = new Renewals(renew, clock, (message) => {
    if (message.kind === 'reply') replies.get(message.id)?.(message.reply);
  });
  let lastId = 0;
  const fetchFile = (find: (api: RunningApi) => Promise<StoredFile>, wanted: { sha256: string }, path: string, signal: AbortSignal) =>
    patience(FETCH_PATIENCE_MS, signal).keepTrying(async () => {
      const content = await call(async (api) => await readWhole(api, await find(api)));
      if (hash('sha256', content) !== wanted.sha256) throw new Error('A downloaded file is not the one that the claim named.');
      await writeWhole(way.disk, path, content);
    });
  return {
    hello: (consumer) => call((api) => api.control.hello(consumer)),
    claim: (request) =>
      unanswered.ask(request, (claim) => patience(CLAIM_PATIENCE_MS).keepTrying(() => call((api) => api.control.claim(claim)))),
    keepLease(lease, { onReply, ...pace }) {
      const id = ++lastId;
      renewals.heard();
      replies.set(id, onReply);
      renewals.keep(id, lease, pace);
      const stopWatching = watchStop(way, lease, onReply);
      return () => {
        replies.delete(id);
        renewals.drop(id);
        stopWatching();
      };
    },
    findLogEnds: (lease) => call((api) => api.control.findLogEnds(lease)),
    tellLive: (lease, batch) => call((api) => api.control.tellLive(lease, batch)),
    pinImage: (lease, image, signal) =>
      patience(RESULT_PATIENCE_MS, signal).keepTrying(() => call((api) => api.control.pinImage(lease, image, signal))),
    fetchInput: (claimed, path, signal) => fetchFile((api) => inputOf(api.deps, claimed), claimed.input, path, signal),
    fetchModelZip: (claimed, path, signal) =>
      fetchFile((api) => modelZipOf(api.deps, claimed), claimed.model.zip ?? { sha256: '' }, path, signal),
    putOutput: (lease, openZip, signal) =>
      patience(RESULT_PATIENCE_MS, signal).keepTrying(async () => {
        const content = await collected(openZip());
        const stored = await call((api) => api.control.putOutput(lease, () => sent(content, way.link), new AbortController().signal));
        if (stored.sha256 !== hash('sha256', content)) throw new Outage('An output arrived with another content.');
        return stored;
      }),
    freeDevices: (lease) => call((api) => api.control.freeDevices(lease)),
    report: (lease, outcome, tails) => call((api) => api.control.report(lease, outcome, tails)),
  };
}

/** As the HTTP adapter does: a question whose answer is held until the attempt should stop, again and again. */
function watchStop({ life, link, network }: Way, lease: Lease, onReply: (reply: RenewReply) => void): () => void {
  let isOver = false;
  const watch = async () => {
    const hold = { signal: new AbortController().signal, timeoutMs: STOP_HELD_MS };
    const reply = await network
      .call({ life, link }, (api) => awaitStop(api.deps, lease, hold))
      .then(
        (answer) => answer,
        (error: unknown) => (error instanceof AppError && error.code === 'stale' ? 'stale' : 'continue'),
      );
    if (isOver) return;
    if (reply !== 'continue') onReply(reply);
    else cancel = life.clock.after(STOP_AGAIN_MS, () => void watch());
  };
  let cancel = life.clock.after(500, () => void watch());
  return () => {
    isOver = true;
    cancel();
  };
}

async function readWhole(api: RunningApi, { key }: StoredFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const found = await api.deps.files.read(key, async (bytes) => pieces.push(Buffer.from(bytes)) > 0);
  if (!found) throw new Error(`The file ${key} is missing.`);
  return Buffer.concat(pieces);
}

async function writeWhole(disk: Disk, path: string, content: Buffer): Promise<void> {
  await disk.remove(path);
  const file = await disk.create(path);
  try {
    await file.write([content]);
  } finally {
    await file.close();
  }
}

async function collected(zip: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of zip) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The bytes as they arrive: in two pieces, and where the way is cut in between, the rest does not come. */
function sent(content: Buffer, link: LinkFaults): Readable {
  const half = content.length >> 1;
  let isHalfSent = false;
  return new Readable({
    read() {
      if (!isHalfSent) this.push(content.subarray(0, half));
      else if (link.isCut) this.destroy(new Outage('The connection broke.'));
      else {
        this.push(content.subarray(half));
        this.push(null);
      }
      isHalfSent = true;
    },
  });
}
