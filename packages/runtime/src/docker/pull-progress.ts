/** One line of the engine's answer while it pulls. */
export type PullLine = {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
};

/** An image with more layers is not counted further: 127 is what the engine's storage takes. */
const LAYERS_MAX = 500;
const MB = 1_000_000;

/** Adds up what a pull has loaded, over all layers. */
export class PullProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();
  #text = '';

  /** Takes a line; answers whether it shows that the pull goes on (a retry of the engine does not). */
  take({ id, status = '', progressDetail }: PullLine): boolean {
    if (/^retrying/i.test(status)) return false;
    const { current = 0, total = 0 } = progressDetail ?? {};
    if (id !== undefined && status === 'Downloading' && (this.#layers.has(id) || this.#layers.size < LAYERS_MAX)) {
      this.#layers.set(id, { current, total });
    }
    if (status === 'Extracting') this.#text = 'pulling image: unpacking';
    else if (this.#layers.size > 0) this.#text = `pulling image: ${this.#sum('current')} of ${this.#sum('total')} MB`;
    else this.#text = 'pulling image';
    return true;
  }

  text(): string {
    return this.#text;
  }

  #sum(field: 'current' | 'total'): number {
    return Math.round([...this.#layers.values()].reduce((sum, layer) => sum + layer[field], 0) / MB);
  }
}
