import { zipOf } from '@inference/testing';

/** How often a test asks whether a task has ended, and how long it waits, in milliseconds. */
const POLL_MS = 20;
const DEADLINE_MS = 60_000;

/** What a legacy client does, by fetch. */
export async function postZip(url: string, zip: Buffer | null, part = 'zip_file'): Promise<Response> {
  const body = new FormData();
  if (zip !== null) body.set(part, new Blob([new Uint8Array(zip)]), 'input.zip');
  return fetch(url, { method: 'POST', body });
}

/** Posts a small task and answers its uid. */
export async function postTask(url: string, model: string, files: Record<string, string> = { 'a.txt': 'one two\n' }): Promise<string> {
  const answer = await postZip(`${url}/api/tasks/?model_human_readable_id=${model}`, await zipOf(files));
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as string;
}

/** Waits until a task is no longer pending, and answers what GET said then. */
export async function ended(url: string, uid: string): Promise<Response> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await fetch(`${url}/api/tasks/${uid}`);
    if (answer.status !== 551) return answer;
    const { reason } = (await answer.json()) as { reason: string };
    if (performance.now() > end) throw new Error(`still pending: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
