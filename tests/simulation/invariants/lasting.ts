/** Since when each of several things holds without a break, as far as looks at it tell. */
export class Lasting {
  #since = new Map<string, number>();

  /** Takes down what holds now; answers for how long each has, in milliseconds. What is not among it any more begins anew. */
  look(names: Iterable<string>, nowMs: number): ReadonlyMap<string, number> {
    const since = new Map<string, number>();
    for (const name of names) since.set(name, this.#since.get(name) ?? nowMs);
    this.#since = since;
    return new Map([...since].map(([name, sinceMs]) => [name, nowMs - sinceMs]));
  }
}
