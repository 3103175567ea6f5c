import type { z } from 'zod';

/** One thing that whoever runs a service can set, as its `config.ts` declares it. docs/configuration.md is printed from it. */
export type Setting = {
  /** One sentence: what it decides. */
  readonly text: string;
  /** Turns what the variable holds into the value, or says what is wrong with it: "must be ...", never repeating what it holds. */
  readonly schema: z.ZodType;
  /** Its value where it is not set; null for none. A setting without a default must be set. */
  readonly default?: unknown;
  /** How the documents show the default, where that depends on the machine. */
  readonly defaultShown?: string;
  readonly unit?: string;
  /** Never shown anywhere; may lie in a file that NAME_FILE names, as Docker's and Kubernetes' secrets do. */
  readonly secret?: boolean;
};

/** The settings of a service by the names of their variables. */
export type Settings = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = z.output<S['schema']> | (S extends { readonly default: null } ? null : never);

/** What reading them gives. */
export type SettingValues<S extends Settings> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

/** What variables hold, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;
