import { Agent } from 'node:http';
import { type Reply, type SentRequest, sendPlan } from './send-plan.ts';

/** Requests that are under way at once. */
const LANES = 8;
/** A run that goes wrong ends after so many requests that did. */
const FAULTS_MAX = 20;

export type Tally = { readonly past: number; readonly faults: readonly string[]; readonly statuses: ReadonlyMap<number, number> };

/** What is to be thought of the answers to requests of one kind. */
export type Judge<Plan extends SentRequest> = {
  /** What is wrong with an answer, in a sentence; null where it is right. */
  readonly faultOf: (plan: Plan, reply: Reply) => string | null;
  /** Whether an answer shows that the request got past authentication and validation. */
  readonly isPast: (plan: Plan, reply: Reply) => boolean;
};

/** Sends all of them, over few connections; answers how many got past validation, and in words what went wrong. */
export async function sendAll<Plan extends SentRequest>(port: number, plans: readonly Plan[], judge: Judge<Plan>): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const left = plans.entries();
  let past = 0;
  const lane = async () => {
    for (const [index, plan] of left) {
      if (faults.length >= FAULTS_MAX) return;
      const reply = await sendPlan(port, agent, plan).catch((error: Error) => error);
      const fault = reply instanceof Error ? `breaks off: ${reply.message}` : judge.faultOf(plan, reply);
      if (fault !== null) faults.push(`request ${index} (${wordsOf(plan)}) ${fault}`);
      else if (judge.isPast(plan, reply as Reply)) past += 1;
      const { status } = reply as Reply;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  agent.destroy();
  return { past, faults, statuses };
}

function wordsOf({ method, target, headers, body }: SentRequest): string {
  const sent = body === null ? '' : ` with ${body.bytes.length} bytes ${JSON.stringify(body.bytes.toString('latin1', 0, 300))}`;
  return `${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 500)}${sent}`;
}
