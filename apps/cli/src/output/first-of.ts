/** The first of what comes, and no more is asked for. */
export async function* firstOf<Item>(items: AsyncIterable<Item>, most: number): AsyncGenerator<Item> {
  let left = most;
  if (left === 0) return;
  for await (const item of items) {
    yield item;
    left--;
    if (left === 0) return;
  }
}
