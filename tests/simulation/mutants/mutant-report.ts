import type { Hunted, HuntOptions } from './hunt-mutants.ts';

/** What docs/mutants.md says of a hunt. */
export function mutantReport(
  hunted: readonly Hunted[],
  { schedules, scenarios, seed, minutes }: HuntOptions & { readonly minutes: number },
): string {
  const caught = hunted.filter((one) => one.caught !== null);
  const most = (where: Hunted['in']) => Math.max(0, ...caught.map((one) => (one.in === where ? (one.caught?.tries ?? 0) : 0)));
  const tableOf = (where: Hunted['in']) =>
    hunted
      .filter((one) => one.in === where)
      .map(({ mutant, caught: found }) =>
        found === null
          ? `| ${cell(mutant.name)} | \`${mutant.file}\` | not caught | - |`
          : `| ${cell(mutant.name)} | \`${mutant.file}\` | ${found.seed} | ${cell(found.broken)} |`,
      );
  const head = ['| Mutant | File | Seed | What it broke |', '| --- | --- | --- | --- |'];
  return `${[
    '# Mutants',
    '',
    `Written by \`npm run simulate:mutants -- --write\`; do not edit. ${caught.length} of ${hunted.length} mutants were caught.`,
    '',
    'A mutant is a line of the product that is changed on purpose, in a copy. The simulator must see each: what it does not see could break',
    `unseen. Each was tried in up to ${schedules} schedules of a simulated installation, or up to ${scenarios} scenarios of the services on a`,
    `real Postgres, those of the seeds from ${seed} on, and was caught after ${most('schedules')} schedules or ${most('scenarios')} scenarios at most; all together took ${minutes.toFixed(1)} min. A`,
    'schedule shows again with `npm run simulate -- --seed SEED --schedules 1` in a copy with that line changed; which of several actors on',
    'Postgres comes first is the choice of the machine, so a scenario may need another seed.',
    '',
    '## In simulated installations',
    '',
    ...head,
    ...tableOf('schedules'),
    '',
    '## On a real Postgres',
    '',
    ...head,
    ...tableOf('scenarios'),
  ].join('\n')}\n`;
}

/** Text in a cell of a table: ids, which differ with every change of the simulator, are shortened. */
function cell(text: string): string {
  return text
    .replaceAll(/\b[A-Za-z0-9_-]{43}\b/g, (id) => `${id.slice(0, 6)}...`)
    .replaceAll('|', '\\|')
    .slice(0, 300);
}
