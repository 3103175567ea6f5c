import type { Hunted } from './hunt-mutants.ts';

/** A mutant and what became of it, for people. */
export function tellHunted({ mutant, in: where, caught }: Hunted): string {
  const end = caught === null ? 'NOT CAUGHT' : `seed ${caught.seed} (${where} played: ${caught.tries}): ${caught.broken}`;
  return `${mutant.name}\n    ${end}\n`;
}
