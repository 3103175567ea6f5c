import { MODEL_UID, type ModelUser } from '../model-user.ts';

/** More models than this never run at once. */
const USER_SLOTS_MAX = 1000;

/**
 * A user of its own for each model that runs now: the kernel counts processes by user, so one model that forks without end
 * must not use up what its neighbour may have.
 */
export class UserSlots {
  readonly #taken = new Set<number>();

  take(): ModelUser {
    for (let uid = MODEL_UID; uid < MODEL_UID + USER_SLOTS_MAX; uid += 1) {
      if (this.#taken.has(uid)) continue;
      this.#taken.add(uid);
      return { uid, gid: uid };
    }
    throw new Error(`More than ${USER_SLOTS_MAX} models would run at once.`);
  }

  give({ uid }: ModelUser): void {
    this.#taken.delete(uid);
  }
}
