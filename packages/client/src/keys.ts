import type { KeyChange, KeyView, KeyWish, ShownKey } from '@inference/contracts';
import type { Http } from './http.ts';
import { type Page, pagesOf } from './pages-of.ts';
import type { PageOptions, Signalled } from './tasks.ts';

const PATH = '/api/v1/keys';

/** What admins do with keys. */
export class Keys {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Makes a key; its secret is shown this once. It is not sent twice: that might make two. */
  create(key: KeyWish, { signal }: Signalled = {}): Promise<ShownKey> {
    return this.#http.json({ method: 'POST', path: PATH, json: key, isRepeatable: false, signal });
  }

  page({ limit, cursor, signal }: PageOptions = {}): Promise<Page<KeyView>> {
    return this.#http.json({ method: 'GET', path: PATH, query: { limit, cursor }, isRepeatable: true, signal });
  }

  list({ signal }: Signalled = {}): AsyncGenerator<KeyView> {
    return pagesOf((cursor) => this.page({ cursor, signal }));
  }

  /** Changes what a key may do, its limits or its end; its secret stays. */
  change(prefix: string, change: KeyChange, { signal }: Signalled = {}): Promise<KeyView> {
    return this.#http.json({ method: 'PATCH', path: `${PATH}/${encodeURIComponent(prefix)}`, json: change, isRepeatable: true, signal });
  }

  async revoke(prefix: string, { signal }: Signalled = {}): Promise<void> {
    await this.#http.ask({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(prefix)}`, isRepeatable: true, signal });
  }

  /** Gives a key a new secret. It is not sent twice: the secret of the first answer would be lost. */
  rotate(prefix: string, options: Signalled & { readonly graceSeconds?: number | undefined } = {}): Promise<ShownKey> {
    const { graceSeconds, signal } = options;
    const json = graceSeconds === undefined ? {} : { grace_seconds: graceSeconds };
    return this.#http.json({ method: 'POST', path: `${PATH}/${encodeURIComponent(prefix)}/rotate`, json, isRepeatable: false, signal });
  }
}
