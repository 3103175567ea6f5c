/** One page of a list. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next_cursor: string | null };

/** The items of all pages, one after the other; each page is asked for when it is wanted. */
export async function* pagesOf<Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { items, next_cursor: next } = await ask(cursor);
    yield* items;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}
