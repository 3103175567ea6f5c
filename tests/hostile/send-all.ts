import { Agent } from 'node:http';
import { faultOf, isPast } from './judge-reply.ts';
import type { RequestPlan } from './request-plan.ts';
import { type Reply, sendPlan } from './send-plan.ts';

/** Requests that are under way at once. */
const LANES = 8;
/** A run that goes wrong ends after so many requests that did. */
const FAULTS_MAX = 20;

export type Tally = { readonly past: number; readonly faults: readonly string[]; readonly statuses: ReadonlyMap<number, number> };

/** Sends all of them, over few connections; answers how many got past validation, and in words what went wrong. */
export async function sendAll(port: number, plans: readonly RequestPlan[]): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const left = plans.entries();
  let past = 0;
  const lane = async () => {
    for (const [index, plan] of left) {
      if (faults.length >= FAULTS_MAX) return;
      const reply = await sendPlan(port, agent, plan).catch((error: Error) => error);
      const fault = reply instanceof Error ? `breaks off: ${reply.message}` : faultOf(plan, reply);
      if (fault !== null) faults.push(`request ${index} (${wordsOf(plan)}) ${fault}`);
      else if (isPast(plan, reply as Reply)) past += 1;
      const { status } = reply as Reply;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  agent.destroy();
  return { past, faults, statuses };
}

function wordsOf({ method, target, headers, body }: RequestPlan): string {
  const sent = body === null ? '' : ` with ${body.bytes.length} bytes ${JSON.stringify(body.bytes.toString('latin1', 0, 300))}`;
  return `${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 500)}${sent}`;
}
