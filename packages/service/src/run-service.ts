import type { Log } from './log.ts';
import { outliveOutput } from './outlive-output.ts';
import { StartRefused } from './start-refused.ts';
import { TearDown } from './tear-down.ts';

/** Exit codes: a fault or a refused start, and a configuration that is not right. */
const FAULT = 1;
const BAD_CONFIGURATION = 2;
const WHERE_TO_READ = 'docs/configuration.md has every setting; npm run setup makes a .env with the secrets.';

export type ServiceOptions = {
  readonly log: Log;
  /** Starts the service, and says step by step how to stop it. Calls `die` with a reason when that cannot go on. */
  readonly start: (down: TearDown, die: (reason: string) => void) => Promise<void>;
  /** A stop that takes longer, in milliseconds, is given up: the process ends with exit code 1. */
  readonly stopLimitMs: number;
  /** Tells people that the start failed; left out: the log does. */
  readonly onStartFailed?: (error: Error) => void;
  /** Tells people that a stop has begun; left out: the log does. */
  readonly onStopping?: () => void;
};

/**
 * Runs a service from its start to its end, and ends the process with it. SIGTERM and SIGINT stop it with exit code 0; a second one makes
 * it hurry. A fault that nobody handled is logged, and stops it with exit code 1. That nobody reads its output any more is no fault.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { log, start, onStartFailed = (error) => logFailedStart(log, error) } = options;
  const down = new TearDown();
  const life = new Life(options, down);
  outliveOutput();
  process.on('SIGINT', () => life.stop(0));
  process.on('SIGTERM', () => life.stop(0));
  // Rejections that nobody handles come here, too.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a fault that nobody handled; the service stops');
    life.stop(FAULT);
  });
  try {
    await start(down, (reason) => life.die(reason));
  } catch (error) {
    // Asked to stop meanwhile, a start that cannot go on is no fault.
    if (life.stopping) return;
    onStartFailed(error as Error);
    life.giveUp(error instanceof StartRefused && error.isConfiguration ? BAD_CONFIGURATION : FAULT);
  }
}

function logFailedStart(log: Log, error: Error): void {
  if (error instanceof StartRefused) log.fatal(error.message);
  else log.fatal({ err: error }, 'the start failed');
}

/** Ends the process because its configuration is not right, and says all that is wrong with it. */
export function refuseConfiguration(problems: readonly string[]): never {
  const lines = ['The configuration is not right:', ...problems.map((problem) => `  ${problem}`), WHERE_TO_READ, ''];
  process.stderr.write(lines.join('\n'));
  process.exit(BAD_CONFIGURATION);
}

class Life {
  readonly #options: ServiceOptions;
  readonly #down: TearDown;
  #code: number | null = null;

  constructor(options: ServiceOptions, down: TearDown) {
    this.#options = options;
    this.#down = down;
  }

  get stopping(): boolean {
    return this.#code !== null;
  }

  /** Stops the service once, in order; asked again meanwhile, it hurries. The worst exit code counts. */
  stop(code: number): void {
    const isFirst = !this.stopping;
    this.#code = Math.max(this.#code ?? 0, code);
    if (!isFirst) {
      this.#down.hurry();
      return;
    }
    const { log, onStopping = () => log.info('stopping: finishing what runs, or handing it back') } = this.#options;
    onStopping();
    void this.#tearDown();
  }

  /** The service cannot go on. */
  die(reason: string): void {
    this.#options.log.fatal(reason);
    this.stop(FAULT);
  }

  /** Ends what a start that failed has begun. */
  giveUp(code: number): void {
    this.#code = code;
    void this.#tearDown();
  }

  async #tearDown(): Promise<void> {
    const { log, stopLimitMs } = this.#options;
    setTimeout(() => {
      log.error({ stopLimitMs }, 'the stop took too long and is given up');
      process.exit(FAULT);
    }, stopLimitMs);
    try {
      await this.#down.run();
    } catch (error) {
      log.error({ err: error }, 'not everything could be stopped');
      this.#code = FAULT;
    }
    process.exit(this.#code ?? 0);
  }
}
