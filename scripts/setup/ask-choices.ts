import { createInterface, type Interface } from 'node:readline/promises';
import { domainFault } from './domain-fault.ts';

type Answers = { readonly domain: string; readonly legacyAnonymous: boolean };

/** Asks on the terminal for what was not given on the command line; null when whoever is asked ends it. */
export async function askChoices(given: Partial<Answers>): Promise<Answers | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D.
  const ended = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  const asked = async (): Promise<Answers> => ({
    domain: given.domain ?? (await askDomain(terminal)),
    legacyAnonymous: given.legacyAnonymous ?? (await askLegacyAnonymous(terminal)),
  });
  try {
    return await Promise.race([asked(), ended]);
  } catch {
    return null;
  } finally {
    terminal.close();
  }
}

async function askDomain(terminal: Interface): Promise<string> {
  for (;;) {
    const domain = (await terminal.question('The name under which clients reach this server [localhost]: ')).trim() || 'localhost';
    const fault = domainFault(domain);
    if (fault === null) return domain;
    console.log(`It ${fault}.`);
  }
}

async function askLegacyAnonymous(terminal: Interface): Promise<boolean> {
  const answer = await terminal.question('May clients without a key post tasks, as the Python InferenceServer let them? [y/N]: ');
  return /^y(?:es)?$/i.test(answer.trim());
}
