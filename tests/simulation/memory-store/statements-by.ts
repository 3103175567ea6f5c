import type { StoreTx } from '@inference/private-api';
import { STATEMENTS } from './statements.ts';

/** Carries out the statement of that name. */
type Call = (name: keyof StoreTx, parts: readonly unknown[]) => Promise<unknown>;

/** Every statement as a method: they are made once, not once for each of the thousands of transactions of a schedule. */
class Statements {
  readonly call: Call;

  constructor(call: Call) {
    this.call = call;
  }
}

for (const name of Object.keys(STATEMENTS) as (keyof StoreTx)[]) {
  Object.defineProperty(Statements.prototype, name, {
    value(this: Statements, ...parts: readonly unknown[]) {
      return this.call(name, parts);
    },
  });
}

/** All statements of the store, each of which does what `call` does. */
export function statementsBy(call: Call): StoreTx {
  return new Statements(call) as unknown as StoreTx;
}
