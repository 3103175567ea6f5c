import type { ClaimedAttempt } from '@inference/contracts';

type Named = Pick<ClaimedAttempt, 'taskUid' | 'attempt'>;
/** What a consumer has said of its GPUs. */
type Told = { hellos: number; underWay: number; inTrouble: ReadonlySet<string> };

const NONE: ReadonlySet<string> = new Set();

/** The GPUs of a scenario as they are, whatever the tables say: which attempt uses which, and which are known to be in trouble. */
export class Cards {
  readonly #users = new Map<string, string>();
  readonly #gone = new Set<string>();
  readonly #told = new Map<string, Told>();

  /** A claim was answered: its model runs from now on, unless its machine was swept meanwhile. @throws Error where another uses one of its GPUs */
  use({ gpuUuids, ...claimed }: ClaimedAttempt): void {
    const key = keyOf(claimed);
    if (this.#gone.has(key)) return;
    for (const uuid of gpuUuids) {
      const user = this.#users.get(uuid) ?? key;
      if (user !== key) throw new Error(`${uuid} was given to ${key} while ${user} ran on it`);
      this.#users.set(uuid, key);
    }
  }

  /** Nothing of an attempt runs any more: from now on its consumer may say so. */
  leave(attempt: Named): void {
    const key = keyOf(attempt);
    this.#gone.add(key);
    for (const [uuid, user] of this.#users) if (user === key) this.#users.delete(uuid);
  }

  /** Lets a consumer say that some of its GPUs are in trouble. Which hello was heard last is known only where no other was under way. */
  async tell<Answer>(consumerId: string, inTrouble: readonly string[], hello: () => Promise<Answer>): Promise<Answer> {
    const told = this.#toldBy(consumerId);
    const [number, isAlone] = [++told.hellos, told.underWay === 0];
    told.inTrouble = NONE;
    told.underWay += 1;
    try {
      const answer = await hello();
      if (isAlone && told.hellos === number) told.inTrouble = new Set(inTrouble);
      return answer;
    } finally {
      told.underWay -= 1;
    }
  }

  /** To be asked before a claim; the returned function throws where what was given was known to be in trouble all the while. */
  watch(consumerId: string): (claimed: ClaimedAttempt) => void {
    const told = this.#toldBy(consumerId);
    const { hellos, inTrouble } = told;
    return ({ gpuUuids, ...claimed }) => {
      const broken = gpuUuids.find((uuid) => inTrouble.has(uuid));
      if (broken !== undefined && told.hellos === hellos) throw new Error(`${keyOf(claimed)} was given ${broken}, which is in trouble`);
    };
  }

  #toldBy(consumerId: string): Told {
    const told = this.#told.get(consumerId) ?? { hellos: 0, underWay: 0, inTrouble: NONE };
    this.#told.set(consumerId, told);
    return told;
  }
}

function keyOf({ taskUid, attempt }: Named): string {
  return `${taskUid}/${attempt}`;
}
