import { Outage } from '@inference/consumer';
import type { ControlPlane } from '@inference/contracts';
import { AppError, ERRORS } from '@inference/domain';
import type { Deps } from '@inference/private-api';
import { translateError } from '@inference/private-api/simulated';
import type { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** A private API that runs. */
export type RunningApi = { readonly life: ProcessLife; readonly deps: Deps; readonly control: ControlPlane };

/** What is wrong with the way from one machine to the private APIs. */
export type LinkFaults = { isCut: boolean; isSlow: boolean; losesReplies: boolean };

/** Messages take so long at most, in milliseconds, ... */
const HOP_MS = 20;
/** ... and where the way is slow, so long. */
const SLOW_HOP_MS = 8_000;
/** Who is not answered gives up after so long, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Statuses of answers that the HTTP adapters take for an outage. */
const TEMPORARY: readonly number[] = [408, 503, 507];

/** The ways from consumers and clients to the private APIs. */
export class Network {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #apis: () => readonly RunningApi[];

  constructor(timeline: Timeline, random: Random, apis: () => readonly RunningApi[]) {
    this.#timeline = timeline;
    this.#random = random;
    this.#apis = apis;
  }

  /** Asks one of the private APIs on behalf of a process. @throws Outage where none answers; whether the work was done is not known then */
  call<Answer>(
    from: { readonly life: ProcessLife; readonly link: LinkFaults },
    work: (api: RunningApi) => Promise<Answer>,
  ): Promise<Answer> {
    const { life, link } = from;
    return life.ask(() => this.#once(link, work), this.#delayMs(link));
  }

  async #once<Answer>(link: LinkFaults, work: (api: RunningApi) => Promise<Answer>): Promise<Answer> {
    const apis = this.#apis();
    const api = apis[this.#random.below(Math.max(1, apis.length))];
    if (link.isCut || api === undefined) {
      await this.#wait(this.#random.below(1_000));
      throw new Outage('The private API cannot be reached.');
    }
    return await new Promise<Answer>((resolve, reject) => {
      let isOver = false;
      const end = () => {
        isOver = true;
        forget();
        cancel();
      };
      const breakOff = (text: string) => {
        end();
        reject(new Outage(text));
      };
      // Of a killed one the connection breaks at once; a frozen one may be thawed in time.
      const forget = api.life.onStop(() => {
        if (!api.life.isAlive) breakOff('The connection broke.');
      });
      const cancel = this.#timeline.after(TIMEOUT_MS, () => breakOff('No answer came in time.'));
      work(api).then(
        (answer) => {
          if (isOver) return;
          end();
          if ((link.losesReplies && this.#random.chance(0.3)) || link.isCut) reject(new Outage('The connection broke.'));
          else resolve(answer);
        },
        (error: unknown) => {
          if (isOver) return;
          end();
          reject(asAnswered(error));
        },
      );
    });
  }

  #delayMs(link: LinkFaults): number {
    if (link.isSlow) return this.#random.below(SLOW_HOP_MS);
    return this.#random.chance(0.2) ? this.#random.below(HOP_MS) : 0;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#timeline.after(ms, resolve));
  }
}

/** What arrives of an error of a private API: one that may be over soon is an outage for who asked, as over HTTP. */
function asAnswered(error: unknown): unknown {
  const answer = error instanceof AppError ? error : translateError(error);
  if (answer === null) return error;
  return TEMPORARY.includes(ERRORS[answer.code].status) ? new Outage(answer.message) : answer;
}
