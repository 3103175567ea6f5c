/** One event of a task's stream. */
export type TaskEvent = { readonly event: string; readonly data: Readonly<Record<string, unknown>> };

/** Reads server-sent events as they come. Signs of life, which are comments, are passed over. */
export async function* readEvents(answer: Response): AsyncGenerator<TaskEvent> {
  let text = '';
  for await (const piece of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + piece).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const value = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const event = value('event');
      if (event !== undefined) yield { event, data: JSON.parse(value('data') ?? '{}') as TaskEvent['data'] };
    }
  }
}
