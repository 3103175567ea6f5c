import { type Task, type TaskEvent, TransportError, WaitTimeout } from '@inference/client';
import { shownSeconds } from '../output/units.ts';
import type { Session } from '../session.ts';
import { bar } from '../terminal/bar.ts';
import { shownProgress } from './shown-progress.ts';
import { stageLine } from './stage.ts';

/** The line that changes is drawn so often while nothing is heard, in milliseconds: its seconds count on. */
const TICK_MS = 250;

/** Waits for the end of a task and tells its stages. Throws WaitTimeout; Ctrl-C leaves the task running and says how to go on. */
export async function awaitTask(session: Session, id: string, onEvent: (event: TaskEvent) => void = () => {}): Promise<Task> {
  const { notes, signal, options } = session;
  const client = await session.client();
  const limit = options.timeout === undefined ? null : AbortSignal.timeout(options.timeout * 1000);
  const stages = new Stages(session);
  const ticking = setInterval(() => stages.draw(), TICK_MS);
  try {
    const both = limit === null ? signal : AbortSignal.any([signal, limit]);
    for await (const event of client.tasks.events(id, { signal: both })) {
      onEvent(event);
      stages.hear(event);
    }
    return await client.tasks.get(id, { signal });
  } catch (error) {
    notes.clear();
    if (signal.aborted) notes.always(`still running: infer tasks watch ${id}`);
    else if (limit?.aborted === true) throw new WaitTimeout(id);
    else if (error instanceof TransportError) notes.always(`The task goes on. Look again: infer tasks watch ${id}`);
    throw error;
  } finally {
    clearInterval(ticking);
    notes.clear();
  }
}

/** The stages of one task as they come. */
class Stages {
  readonly #session: Session;
  #state = '';
  #attempt = 0;
  #sinceMs = performance.now();
  #progress: Task['progress'] = null;

  constructor(session: Session) {
    this.#session = session;
  }

  hear({ event, data }: TaskEvent): void {
    if (event === 'progress') this.#progress = data;
    if (event === 'state' && (data.state !== this.#state || data.attempt !== this.#attempt)) {
      this.#end();
      this.#state = data.state;
      this.#attempt = data.attempt;
      this.#sinceMs = performance.now();
      this.#progress = null;
    }
    this.draw();
  }

  draw(): void {
    if (this.#state === '' || isEnd(this.#state)) return;
    const fraction = this.#progress?.fraction ?? null;
    const parts = [fraction === null ? '' : bar(fraction), shownProgress(this.#progress), this.#took()];
    this.#session.notes.live(stageLine(this.#state, parts.filter((part) => part !== '').join('  ')));
  }

  #end(): void {
    this.#session.notes.clear();
    if (this.#state === '') return;
    const attempt = this.#attempt > 1 && this.#state === 'running' ? `, attempt ${this.#attempt}` : '';
    this.#session.notes.line(stageLine(this.#state, `${this.#took()}${attempt}`));
  }

  #took(): string {
    return shownSeconds((performance.now() - this.#sinceMs) / 1000);
  }
}

function isEnd(state: string): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
