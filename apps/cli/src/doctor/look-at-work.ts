import type { Connection } from '../connection/connection.ts';
import { shownAge } from '../output/units.ts';
import { askServer } from './ask-server.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';

/** A consumer that has been silent for longer counts as away, in milliseconds. */
const SILENT_MS = 120_000;
const START_CONSUMER = 'On a machine with Docker: docker compose up -d consumer; why it stopped: docker compose logs consumer';

type Consumer = { readonly id?: unknown; readonly trouble?: unknown; readonly seen_at?: unknown };

/** Looks whether anybody runs tasks, and whether the server can read its data. Nothing where the key does not say so. */
export async function lookAtWork({ url, token }: Connection, nowMs: number, signal: AbortSignal): Promise<Finding[]> {
  const answer = await askServer(url, '/api/v1/consumers', token, signal);
  if (!answer.ok || answer.status === 401 || answer.status === 403) return [];
  if (answer.status >= 500) {
    const said = answer.value?.['detail'];
    const text = `The server cannot read its data (${answer.status}): ${typeof said === 'string' ? said : 'it does not say why'}`;
    return [
      broken('data', text, 'On the machine of the server: docker compose up -d postgres private-api, then docker compose logs private-api'),
    ];
  }
  const items = (Array.isArray(answer.value?.['items']) ? answer.value['items'] : []) as Consumer[];
  const live = items.filter(({ seen_at: seen }) => nowMs - Date.parse(String(seen)) < SILENT_MS);
  if (live.length === 0) {
    const last = items[0] === undefined ? '' : ` The last one was seen ${shownAge(String(items[0].seen_at), nowMs)} ago.`;
    return [broken('consumers', `None is there: tasks wait.${last}`, START_CONSUMER)];
  }
  const troubles = live.flatMap(({ id, trouble }) => Object.values(trouble ?? {}).map((text) => `${String(id)}: ${String(text)}`));
  if (troubles.length > 0)
    return [doubtful('consumers', troubles.join(' '), 'Mend what it says on that machine; infer consumers list tells when it is over')];
  return [fine('consumers', `${live.length} there: ${live.map(({ id }) => String(id)).join(', ')}.`)];
}
