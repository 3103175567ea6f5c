import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, MODEL_LIMITS } from '@inference/domain';
import type { ModelUser } from '../model-user.ts';
import { OutputRelay } from '../output-relay.ts';
import { bubblewrapPlan } from './bubblewrap-plan.ts';
import { type HardLimits, readHardLimits } from './limit-command.ts';
import { plainPlan } from './plain-plan.ts';
import { runProcess } from './run-process.ts';
import type { SandboxMark } from './sandbox-mark.ts';
import type { Isolation, SandboxOrder, SandboxPlan } from './sandbox-plan.ts';
import { findSystemBinds } from './system-binds.ts';
import { unsharePlan } from './unshare-plan.ts';

/** A sandbox that takes longer to run `true` is not usable, in milliseconds. */
const PROBE_LIMIT_MS = 10_000;
const PROBE_GRACE_MS = 100;

/** How models are kept apart on this machine, and how to start them so. */
export type FoundIsolation = { readonly isolation: Isolation; readonly plan: (order: SandboxOrder) => SandboxPlan };

type Surroundings = {
  /** The user that models run as; null: that of this process. */
  readonly user: ModelUser | null;
  readonly clock: Clock;
  /** Put on every sandbox. */
  readonly mark: SandboxMark;
};

/** The best of `wanted` that works here: tried once each, by running `true` the way models are run. Null when none does. */
export async function findIsolation(wanted: readonly Isolation[], { user, clock, mark }: Surroundings): Promise<FoundIsolation | null> {
  const [system, most] = await Promise.all([findSystemBinds(), readHardLimits()]);
  for (const isolation of wanted) {
    const plans = {
      bubblewrap: (order: SandboxOrder) => mark.on(bubblewrapPlan(order, system, most)),
      unshare: (order: SandboxOrder) => mark.on(unsharePlan(order, system, most)),
      none: await plainOrLimited(most, clock),
    };
    if (isolation === 'none' || (await runsTrue(plans[isolation], user, clock))) return { isolation, plan: plans[isolation] };
  }
  return null;
}

async function plainOrLimited(most: HardLimits, clock: Clock): Promise<(order: SandboxOrder) => SandboxPlan> {
  const limited = (order: SandboxOrder) => plainPlan(order, most);
  return (await runsTrue(limited, null, clock)) ? limited : (order) => plainPlan(order, null);
}

async function runsTrue(plan: (order: SandboxOrder) => SandboxPlan, user: ModelUser | null, clock: Clock): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-probe-'));
  const tooLong = new AbortController();
  const cancel = clock.after(PROBE_LIMIT_MS, () => tooLong.abort());
  try {
    if (user !== null) await chown(folder, user.uid, user.gid);
    const binds = [{ source: folder, target: '/output', writable: true }];
    const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
    const order = { command: ['true'], binds, environment, cwd: '/', user, limits: MODEL_LIMITS };
    const output = new OutputRelay({ onProgress: () => {}, onOutput: () => {}, onClosing: () => {}, onHung: () => {} });
    const end = await runProcess(plan(order), { output, signal: tooLong.signal, stopGraceMs: PROBE_GRACE_MS, clock });
    return end.kind === 'exited' && end.exitCode === 0;
  } finally {
    cancel();
    await rm(folder, { recursive: true, force: true });
  }
}
