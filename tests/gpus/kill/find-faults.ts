import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '@inference/testing';
import type { Sent } from '../../faults/stage/client.ts';
import { CARDS } from '../lab/card-model.ts';
import type { GpuLab } from '../lab/gpu-lab.ts';
import type { SharedLease } from './watch-leases.ts';

const run = promisify(execFile);
/** Results that are looked at side by side. */
const CHECKERS = 8;
/** So many faults of a kind are told. */
const TOLD_MAX = 10;
/** After the last task has ended, its leases end and its container goes within this, in milliseconds. */
const GONE_MS = 120_000;
/** What an attempt whose consumer was killed may end with: it was about to start its model. */
const KILLED_EARLY = 'The consumer was started again, and the model that it had started was gone.';

/** What is not as it must be once every task has ended and nobody is killed any more, in sentences. */
export async function findFaults(lab: GpuLab, sent: readonly Sent[], sharedLeases: () => Promise<SharedLease[]>): Promise<string[]> {
  const left = await whatIsLeft(lab);
  const leases = (await sharedLeases()).map(
    ({ uuid, lease }) => `${uuid} was leased again (lease ${lease}) while another lease of it was live`,
  );
  const runs = (await lab.engine.shared()).map((uuid) => `a container was started with ${uuid} while another one that had it lived`);
  return [
    ...told(leases),
    ...told(runs),
    ...left,
    ...told(await wrongResults(lab, sent)),
    ...told(await doubled(lab)),
    ...told(await failed(lab)),
  ];
}

async function whatIsLeft({ stage: { db }, engine }: GpuLab): Promise<string[]> {
  const leases = async () => (await db.$queryRaw<object[]>`SELECT id FROM device_lease WHERE ended_at IS NULL`).length;
  const containers = async () =>
    (await run('docker', ['--host', `unix://${engine.socketPath}`, 'ps', '--all', '--quiet'])).stdout.split('\n').length - 1;
  const isGone = async () => (await leases()) === 0 && (await containers()) === 0;
  const inTime = await until('nothing to be left', isGone, GONE_MS).catch(() => false);
  return inTime
    ? []
    : [`${await leases()} leases are live and ${await containers()} containers are there long after the last task has ended`];
}

async function wrongResults(lab: GpuLab, sent: readonly Sent[]): Promise<string[]> {
  const left = sent.values();
  const faults: string[] = [];
  const checker = async () => {
    for (const one of left) {
      const fault = await wrongResult(lab, one).catch((error: Error) => error.message);
      if (fault !== null) faults.push(`task ${one.id}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: CHECKERS }, checker));
  return faults;
}

/** Why the result of a task is wrong, in words; null: it has the bytes of its input, from a run with the very GPUs that its last attempt held. */
async function wrongResult({ client, stage: { db } }: GpuLab, sent: Sent): Promise<string | null> {
  const { attempts, resources } = await client.result(sent, GONE_MS);
  const used = (await (await client.ask(`/api/v1/tasks/${sent.id}/files/${CARDS}`)).text()).trim().split(',');
  const leases = await db.$queryRaw<{ uuid: string; node: string }[]>`
    SELECT d.device_uuid AS uuid, d.consumer_id AS node FROM device_lease d JOIN task t ON t.id = d.task_id
    WHERE t.uid = ${sent.id} AND d.attempt = ${attempts.length}`;
  if (new Set(leases.map(({ node }) => node)).size !== 1) return 'its GPUs are of several machines';
  const held = leases.map(({ uuid }) => uuid);
  if (held.length !== (resources.gpus ?? 1)) return `it asked for ${resources.gpus ?? 1} GPUs and held ${held.length}`;
  return used.toSorted().join() === held.toSorted().join() ? null : `its model was given ${used}, and it held ${held}`;
}

/** Tasks whose number of results is not one. */
async function doubled({ stage: { db } }: GpuLab): Promise<string[]> {
  const rows = await db.$queryRaw<{ uid: string; results: bigint }[]>`
    SELECT t.uid, count(e.id) AS results FROM task t LEFT JOIN event e ON e.task_id = t.id AND e.kind = 'succeeded'
    GROUP BY t.id HAVING count(e.id) <> 1`;
  return rows.map(({ uid, results }) => `task ${uid} has ${results} results`);
}

/**
 * Attempts that failed for another reason than a kill. A consumer refuses an attempt whose GPUs are those of another one on its machine: that these
 * never share one then does not excuse who gave them out.
 */
async function failed({ stage: { db } }: GpuLab): Promise<string[]> {
  const rows = await db.$queryRaw<{ uid: string; number: number; reason: string }[]>`
    SELECT t.uid, a.number, a.failure_reason AS reason FROM attempt a JOIN task t ON t.id = a.task_id
    WHERE a.outcome = 'fail' AND a.failure_reason <> ${KILLED_EARLY} ORDER BY a.started_at`;
  return rows.map(({ uid, number, reason }) => `attempt ${number} of task ${uid} failed: ${reason}`);
}

function told(faults: readonly string[]): string[] {
  const more = faults.length - TOLD_MAX;
  return [...faults.slice(0, TOLD_MAX), ...(more > 0 ? [`and ${more} more of this kind`] : [])];
}
