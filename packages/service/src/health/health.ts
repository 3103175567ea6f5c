import type { Clock } from '@inference/domain';
import type { Log } from '../log.ts';
import type { Component, ComponentState } from './component.ts';

/** A component that has not answered after so long counts as failed, in milliseconds. */
const CHECK_LIMIT_MS = 3_000;
/** What was found is told for so long before it is looked at again, in milliseconds: asking often costs nothing. */
const KEPT_MS = 1_000;

export type ComponentReport = { readonly name: string; readonly state: 'ok' | 'degraded' | 'failed'; readonly text: string };
export type HealthReport = {
  readonly ready: boolean;
  readonly phase: 'starting' | 'serving' | 'draining';
  readonly components: readonly ComponentReport[];
};

/** Whether a service can do its work: ready from its start until it drains, while all that it needs is well. */
export class Health {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #checks: CheckedComponent[] = [];
  #phase: HealthReport['phase'] = 'starting';
  #last: { readonly atMs: number; readonly components: Promise<ComponentReport[]> } | null = null;

  constructor(deps: { clock: Clock; log: Log }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Has these looked at from now on, too. */
  watch(...components: readonly Component[]): void {
    this.#checks.push(...components.map((component) => new CheckedComponent(component, this.#clock, this.#log)));
    this.#last = null;
  }

  serving(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  draining(): void {
    this.#phase = 'draining';
  }

  async report(): Promise<HealthReport> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#last === null || nowMs - this.#last.atMs >= KEPT_MS) {
      this.#last = { atMs: nowMs, components: Promise.all(this.#checks.map((check) => check.report())) };
    }
    const components = await this.#last.components;
    const phase = this.#phase;
    return { ready: phase === 'serving' && components.every(({ state }) => state !== 'failed'), phase, components };
  }
}

/** A component whose check has a time limit, is under way once at most, and is logged when its answer changes. */
class CheckedComponent {
  readonly #component: Component;
  readonly #clock: Clock;
  readonly #log: Log;
  #underWay: Promise<ComponentState> | null = null;
  #told = '';

  constructor(component: Component, clock: Clock, log: Log) {
    this.#component = component;
    this.#clock = clock;
    this.#log = log;
  }

  async report(): Promise<ComponentReport> {
    const { name, needed } = this.#component;
    const { ok, text } = await this.#withinLimit();
    const state = ok ? 'ok' : needed ? 'failed' : 'degraded';
    if (text !== this.#told && (this.#told !== '' || !ok)) this.#log[ok ? 'info' : 'warn']({ component: name, state }, text);
    this.#told = text;
    return { name, state, text };
  }

  async #withinLimit(): Promise<ComponentState> {
    // One that hangs is not asked again before it has answered.
    this.#underWay ??= this.#check().finally(() => {
      this.#underWay = null;
    });
    let cancel = (): void => {};
    const late = new Promise<ComponentState>((resolve) => {
      cancel = this.#clock.after(CHECK_LIMIT_MS, () => resolve({ ok: false, text: `No answer within ${CHECK_LIMIT_MS / 1000} s.` }));
    });
    return await Promise.race([this.#underWay, late]).finally(() => cancel());
  }

  async #check(): Promise<ComponentState> {
    try {
      return await this.#component.check();
    } catch (error) {
      this.#log.debug({ err: error, component: this.#component.name }, 'the check of a component failed');
      return { ok: false, text: 'It does not answer; the log says more at the level debug.' };
    }
  }
}
