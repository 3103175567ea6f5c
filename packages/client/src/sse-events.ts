import { TransportError } from './errors.ts';

/** One event of a stream has at most so many characters. */
const EVENT_CHARS_MAX = 4 * 1024 * 1024;

export type SseEvent = { readonly id: string; readonly event: string; readonly data: string };

/** The events of a stream of server-sent events; comments are passed over. */
export async function* sseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  const decoder = new TextDecoder();
  let text = '';
  let id = '';
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > EVENT_CHARS_MAX) throw new TransportError(`An event has more than ${EVENT_CHARS_MAX} characters.`);
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = fieldsOf(block);
      id = fields.get('id') ?? id;
      const data = fields.get('data');
      if (data !== undefined) yield { id, event: fields.get('event') ?? 'message', data };
    }
  }
}

function fieldsOf(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  return fields;
}
