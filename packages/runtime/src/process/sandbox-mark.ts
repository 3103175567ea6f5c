import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { SandboxPlan } from './sandbox-plan.ts';

/**
 * The variable that marks the processes of a sandbox. It is taken from the environment of a model in a sandbox. A process can set it for itself and its
 * children only, so whoever forges one gets nobody ended but himself.
 */
export const MARK_VARIABLE = 'INFERENCE_SANDBOX_OF';

/**
 * Which start of which consumer a sandbox belongs to. The sandbox's own promise to end with the consumer holds once it stands: a consumer
 * that is killed while it is being made can leave a process that waits for ever (bubblewrap 0.8), or a model that goes on.
 */
export class SandboxMark {
  readonly #owner: string;
  readonly #mark: string;

  /** @param consumer stays the same over restarts, and no other consumer that runs now has it */
  constructor(consumer: string) {
    this.#owner = `${MARK_VARIABLE}=${consumer}/`;
    this.#mark = `${consumer}/${randomUUID()}`;
  }

  on(plan: SandboxPlan): SandboxPlan {
    return { ...plan, environment: { ...plan.environment, [MARK_VARIABLE]: this.#mark } };
  }

  /** Ends what earlier starts of this consumer left, and answers how many processes that were. */
  async sweep(): Promise<number> {
    const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
    let gone = 0;
    for (const name of names) if ((await this.#isOrphan(name)) && end(Number(name))) gone += 1;
    return gone;
  }

  async #isOrphan(pid: string): Promise<boolean> {
    // Unreadable: it has ended, or it belongs to another user, whose sandboxes are not ours.
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const mark = environment.split('\0').find((variable) => variable.startsWith(this.#owner));
    return mark !== undefined && mark !== `${MARK_VARIABLE}=${this.#mark}`;
  }
}

function end(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It went with another one of its sandbox.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
