import type { Command } from 'commander';
import { type Suggestion, suggestLimits } from '../admin/suggest-limits.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import type { View } from '../output/printer.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import { inSession, type Session } from '../session.ts';

/** Of fewer attempts a suggestion says so: other inputs may need more. */
const FEW_ATTEMPTS = 20;

const VIEW: View<Suggestion> = {
  columns: [
    { title: 'limit', text: ({ limit }) => limit },
    { title: 'now', text: ({ limit, present }) => shown(limit, present), isNumber: true },
    { title: 'used (p95)', text: ({ limit, p95 }) => shown(limit, p95), isNumber: true },
    { title: 'used (most)', text: ({ limit, max }) => shown(limit, max), isNumber: true },
    { title: 'suggested', text: ({ limit, suggested }) => shown(limit, suggested), isNumber: true },
  ],
  name: ({ limit }) => limit,
};

/** `infer models suggest-limits`: what would do for a model; for operators. */
export function modelsSuggestLimitsCommand(cli: Cli): Command {
  return newCommand('suggest-limits', 'See what a model uses, and which limits would do (for operators)', {
    examples: [
      ['infer models suggest-limits word-count', 'its limits, what its newest attempts used, and the command that sets what would do'],
      ['infer models suggest-limits word-count -o json', 'for programs'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<model>', 'the id of the model')
    .action(inSession(cli, suggest));
}

async function suggest({ client, printer, notes, signal }: Session, id: string): Promise<void> {
  const usage = await (await client()).models.usage(id, { signal });
  const suggestions = suggestLimits(usage);
  await printer.list(suggestions, VIEW);
  if (suggestions.length === 0) {
    notes.line(`No attempt of ${usage.model} that did well has told what it used: run some tasks first.`);
    return;
  }
  const few = usage.attempts < FEW_ATTEMPTS ? ': few, other inputs may need more' : '';
  notes.line(`From ${usage.attempts} attempts that did well${few}. To set what is suggested:`);
  notes.line(`  ${commandFor(usage.model, suggestions)}`);
}

function commandFor(model: string, suggestions: readonly Suggestion[]): string {
  const limits = Object.fromEntries(suggestions.map(({ limit, suggested }) => [limit, suggested]));
  return `infer api PATCH models/${model} -f 'limits=${JSON.stringify(limits)}'`;
}

function shown(limit: Suggestion['limit'], value: number): string {
  return limit === 'time_limit_seconds' ? shownSeconds(value) : shownBytes(value);
}
