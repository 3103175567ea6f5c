import { makeLoad } from './load.ts';
import { type Played, playLoad } from './play-load.ts';
import { POLICIES, type PolicyName } from './policies.ts';

/** What a policy makes of a load, as the median over its seeds. Waits are in seconds. */
export type Figures = {
  readonly use: number;
  readonly oneP50: number;
  readonly oneP95: number;
  readonly eightP50: number;
  readonly eightP95: number;
  readonly eightMax: number;
};

/** Plays the same loads under each policy. */
export function comparePolicies({
  count,
  load,
  seeds,
}: {
  count: number;
  load: number;
  seeds: readonly number[];
}): Record<PolicyName, Figures> {
  const loads = seeds.map((seed) => makeLoad({ count, load, seed }));
  const figuresOf = (name: PolicyName) => medians(loads.map((tasks) => figures(playLoad(tasks, POLICIES[name]))));
  return { 'strict FIFO': figuresOf('strict FIFO'), greedy: figuresOf('greedy'), 'reserve + backfill': figuresOf('reserve + backfill') };
}

function figures({ played, use }: ReturnType<typeof playLoad>): Figures {
  const [one, eight] = [waitsOf(played, 1), waitsOf(played, 8)];
  const [oneP50, oneP95] = [quantile(one, 0.5), quantile(one, 0.95)];
  return { use, oneP50, oneP95, eightP50: quantile(eight, 0.5), eightP95: quantile(eight, 0.95), eightMax: quantile(eight, 1) };
}

function waitsOf(played: readonly Played[], gpus: number): readonly number[] {
  return played.filter((one) => one.gpus === gpus).map(({ waitedMs }) => waitedMs / 1000);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function medians(all: readonly Figures[]): Figures {
  const of = (name: keyof Figures) =>
    quantile(
      all.map((one) => one[name]),
      0.5,
    );
  return {
    use: of('use'),
    oneP50: of('oneP50'),
    oneP95: of('oneP95'),
    eightP50: of('eightP50'),
    eightP95: of('eightP95'),
    eightMax: of('eightMax'),
  };
}
