import { reasonOf } from '@inference/domain';
import { StartRefused } from '../start-refused.ts';

/**
 * Does the step of a start that a setting decides about: where the system or the other side refuses it (no such folder, no permission, no
 * such database), whoever set it is told so in one line.
 *
 * @throws StartRefused that names the setting, or what the step threw
 */
export async function withSetting<Made>(name: string, step: () => Promise<Made>): Promise<Made> {
  try {
    return await step();
  } catch (error) {
    // Such refusals have a code; all else is a fault of ours.
    if ((error as { code?: unknown }).code === undefined) throw error;
    throw new StartRefused(`${name} cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}
