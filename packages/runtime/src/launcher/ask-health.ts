import type { RuntimeHealth } from '../model-runtime.ts';
import type { LauncherClient } from './launcher-client.ts';
import { LauncherFault } from './launcher-fault.ts';

/** Whether a launcher answers, and its engine. */
export async function askHealth(client: LauncherClient): Promise<RuntimeHealth> {
  try {
    return await client.health();
  } catch (error) {
    if (error instanceof LauncherFault) return { ok: false, reason: error.message };
    throw error;
  }
}
