import { type HardLimits, limitCommand } from './limit-command.ts';
import type { SandboxOrder, SandboxPlan } from './sandbox-plan.ts';

/**
 * The child process that runs an order without a sandbox: for the shipped examples only.
 *
 * @param most null where this machine has no `prlimit` and `setpriv` (not a Linux): then only the time limit holds
 */
export function plainPlan(order: SandboxOrder, most: HardLimits | null): SandboxPlan {
  const inFront = most === null ? [] : ['setpriv', '--pdeathsig', 'KILL', '--', ...limitCommand(order.limits, most)];
  const [file = '', ...args] = [...inFront, ...order.command];
  return { file, args, environment: order.environment, cwd: order.cwd, secondInput: null, levelsAbove: 0, stands: null };
}
