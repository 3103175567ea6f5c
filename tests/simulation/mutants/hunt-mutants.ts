import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Mutant } from './mutant.ts';
import { ProductCopy } from './product-copy.ts';

/** A mutant, and what is played to see it: schedules of a simulated installation, or scenarios on a real Postgres. */
export type Prey = { readonly mutant: Mutant; readonly in: 'schedules' | 'scenarios' };

/** What became of a mutant. */
export type Hunted = Prey & {
  /** The seed that showed it, how many were played up to that one, and what it broke; null: nothing did. */
  readonly caught: { readonly seed: number; readonly tries: number; readonly broken: string } | null;
};

export type HuntOptions = {
  /** Schedules, and scenarios on a real Postgres, that each mutant is tried in at most. */
  readonly schedules: number;
  readonly scenarios: number;
  /** The first seed. */
  readonly seed: number;
};

/** Puts one mutant after the other into a copy of the product, and has the simulator find it. `onHunted` hears of each at once. */
export async function huntMutants(
  prey: readonly Prey[],
  options: HuntOptions,
  onHunted: (hunted: Hunted) => void = () => {},
): Promise<readonly Hunted[]> {
  const copy = await ProductCopy.make();
  const hunted: Hunted[] = [];
  try {
    for (const one of prey) {
      const caught = await tryOne(copy, one.mutant, argumentsOf(one.in, options));
      hunted.push({ ...one, caught });
      onHunted({ ...one, caught });
    }
  } finally {
    await copy.remove();
  }
  return hunted;
}

type Play = { readonly file: string; readonly args: readonly string[]; readonly seed: number };

function argumentsOf(where: Hunted['in'], { schedules, scenarios, seed }: HuntOptions): Play {
  if (where === 'schedules') return { file: 'simulate.ts', args: ['--schedules', `${schedules}`, '--no-shrink'], seed };
  return { file: 'simulate-postgres.ts', args: ['--scenarios', `${scenarios}`, '--broken-max', '1'], seed };
}

async function tryOne(copy: ProductCopy, { name, file, part, instead }: Mutant, play: Play): Promise<Hunted['caught']> {
  const putBack = await copy.replace(file, part, instead);
  try {
    const path = join(copy.root, 'tests', 'simulation', play.file);
    const child = spawn(process.execPath, [path, '--seed', `${play.seed}`, ...play.args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const said = await text(child.stdout);
    if ((await ended) === 0) return null;
    return foundIn(said, play.seed) ?? fail(`${name}: ${play.file} ended without an answer:\n${said}`);
  } finally {
    await putBack();
  }
}

/** What both commands print of the first that broke something. */
function foundIn(said: string, first: number): Hunted['caught'] {
  const [, schedule, scenario] = /seed: (-?\d+)|scenario with the seed (\d+)/.exec(said) ?? [];
  const lines = said.trim().split('\n');
  const broken = scenario === undefined ? lines.at(-1) : lines.find((line) => line.startsWith('  '));
  const seed = Number(schedule ?? scenario);
  return Number.isNaN(seed) || broken === undefined ? null : { seed, tries: seed - first + 1, broken: broken.trim() };
}

function fail(message: string): never {
  throw new Error(message);
}
