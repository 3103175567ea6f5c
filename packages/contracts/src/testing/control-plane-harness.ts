import { Readable } from 'node:stream';
import { type LivePiece, type LogStream, newId, type StoredOutput } from '@inference/domain';
import type { ClaimedAttempt } from '../claim.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { FolderModel } from '../folder-model.ts';
import type { Lease } from '../lease.ts';

/** A platform with an adapter in front of it, and a view behind the scenes. */
export type ControlPlaneHarness = {
  readonly control: ControlPlane;
  /** The largest output that is accepted, in bytes. */
  readonly outputBytesMax: number;
  /** Submits a task for the pool `docker-cpu` whose model has a zip. */
  givenTask(): Promise<{ uid: string; input: Buffer; modelZip: Buffer }>;
  /** What the task's user does. */
  cancel(uid: string): Promise<void>;
  /** What the task's user gets, or null. */
  output(uid: string): Promise<Buffer | null>;
  /** Everything that is known of a task and its attempts, to be compared. */
  rows(uid: string): Promise<{ state: string; attempts: { consumerId: string; stdoutTail: string[]; heartbeat: number }[] }>;
  /** All models that lie in folders of consumers. */
  folderModels(): Promise<FolderModel[]>;
  /** What was kept of what its models printed: "STREAM OFFSET TEXT", with dots for a line that is not over. */
  log(uid: string): Promise<{ pieces: string[]; progress: number | null }>;
  /** Files of outputs, unfinished ones included. */
  countFiles(): Promise<number>;
};

/** Makes an empty platform; the running test's end takes it down. */
export type OpenHarness = () => Promise<ControlPlaneHarness>;

/** A signal that is never aborted. */
export const NEVER = new AbortController().signal;
export const NO_TAILS = { stdout: [], stderr: [] };

/** A platform with one task, and a consumer that can claim it. */
export async function withTask(open: OpenHarness) {
  const harness = await open();
  const task = await harness.givenTask();
  const claim = (claimId = newId()) => harness.control.claim({ claimId, consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] });
  const claimed = async (): Promise<ClaimedAttempt> => (await claim()) ?? Promise.reject(new Error('nothing to claim'));
  return { ...harness, ...task, claim, claimed };
}

/** A piece of a log. */
export function piece(stream: LogStream, offset: number, text: string, open = false): LivePiece {
  return { stream, offset, text, open };
}

/** Stores an output for an attempt. */
export function put(control: ControlPlane, lease: Lease): Promise<StoredOutput> {
  return control.putOutput(lease, () => Readable.from([Buffer.from(`the output of ${lease.taskUid}`)]), NEVER);
}

/** Reports that an attempt succeeded. */
export function report(control: ControlPlane, lease: Lease, output: StoredOutput, stdout: string[] = []): Promise<'recorded' | 'stale'> {
  return control.report(lease, { kind: 'succeed', output, warnings: [] }, { stdout, stderr: [] });
}
