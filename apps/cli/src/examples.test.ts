// Every `infer ...` that a help page or a document shows can be typed as it stands: such a command, with such options, exists.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { pageOf } from './new-command.ts';
import { processCli } from './process-cli.ts';
import { everyCommand, makeProgram } from './program.ts';
import { idsLast } from './values/ids-last.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The reference is printed from the declarations, with the examples of the help pages. */
const PAGES = globSync('{README.md,apps/cli/README.md,docs/**/*.md}', { cwd: root }).filter((path) => !path.endsWith('cli/commands.md'));

/** The whole command line, of which nothing is done: what it cannot understand it throws. */
function idleProgram(): Command {
  const program = makeProgram(processCli(new AbortController().signal));
  for (const command of everyCommand(program)) {
    if (command.commands.length === 0) command.action(() => {});
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  }
  return program;
}

/** The words after each `infer` of a line for a shell, without what the shell takes for itself. */
function typed(line: string): string[][] {
  return [...line.matchAll(/(xargs (?:-\w+ )*)?\binfer (?:-- )?([^|<>()#;&]*)/g)].map(([, xargs, rest = '']) => {
    const words = (rest.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
    return xargs === undefined ? words : [...words, 'ID'];
  });
}

/** Prose names commands without their arguments. */
const INCOMPLETE = ['commander.missingArgument', 'commander.missingMandatoryOptionValue', 'commander.help'];

async function faultIn(words: string[], allowed: readonly string[]): Promise<string | null> {
  try {
    await idleProgram().parseAsync(idsLast(words), { from: 'user' });
    return null;
  } catch (error) {
    const { exitCode, code = '', message } = error as Error & { exitCode?: number; code?: string };
    return exitCode === 0 || allowed.includes(code) ? null : `infer ${words.join(' ')}: ${message}`;
  }
}

async function faultsIn(lines: readonly string[], allowed: readonly string[] = []): Promise<string[]> {
  const faults = await Promise.all(lines.flatMap(typed).map((words) => faultIn(words, allowed)));
  return faults.filter((fault) => fault !== null);
}

describe('the commands that are shown', () => {
  it('on help pages can be typed', async () => {
    const lines = everyCommand(idleProgram()).flatMap((command) => pageOf(command).examples.map(([line]) => line));
    expect(lines.length).toBeGreaterThan(50);
    expect(await faultsIn(lines)).toEqual([]);
  });

  it.each(PAGES)('in %s can be typed', async (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.replaceAll('\\\n', '').split('\n'));
    const inline = [...text.replaceAll(/^```\w*\n[\s\S]*?^```$/gm, '').matchAll(/`(infer [a-z-][^`]*)`/g)].map(([, line = '']) => line);
    expect(await faultsIn(blocks.map((line) => line.replace(/(?:^| )#.*/, '')))).toEqual([]);
    expect(await faultsIn(inline, INCOMPLETE)).toEqual([]);
  });

  it('are found out where no such command or option is', async () => {
    expect(await faultsIn(['cat x | infer tasks lst', 'infer tasks list --stat failed', 'x | xargs infer tasks get'])).toHaveLength(2);
  });
});
