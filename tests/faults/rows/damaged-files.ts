import { open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import { type Client, type Sent, sha256 } from '../stage/client.ts';

/** Where a bit is turned, in bytes: in the middle of the content. */
const FLIP_AT = 1_000;

type Damage = { readonly what: string; do(path: string): Promise<void> };

const DAMAGES: readonly Damage[] = [
  { what: 'deleted', do: (path) => rm(path) },
  { what: 'truncated', do: (path) => truncate(path, FLIP_AT) },
  { what: 'with one bit turned', do: flip },
];

export const outputsDamaged: Row = {
  name: 'outputs-damaged',
  numbers: [42],
  fault: 'stored outputs deleted, truncated, and with one bit turned',
  required: '410, 500 or a broken connection: never an answer that ends well with wrong bytes',
  async play(stage) {
    const { client } = await stage.trio();
    const seen: string[] = [];
    for (const { what, do: damage } of DAMAGES) {
      const sent = await client.send();
      const { output } = await client.result(sent);
      const folder = join(stage.filesFolder, 'outputs');
      const name = (await readdir(folder)).find((one) => one.includes(sent.id));
      must(name !== undefined, 'the output lies in its place');
      await damage(join(folder, name));
      seen.push(`${what}: ${await download(client, sent, output?.sha256 ?? '')}`);
      client.accepted.delete(sent.id);
    }
    const wrong = seen.filter((text) => text.includes('wrong bytes'));
    must(wrong.length === 0, `no answer ends well with wrong bytes (${wrong.join('; ')})`);
    return { found: `${seen.join('; ')}.` };
  },
};

async function download(client: Client, { id }: Sent, wanted: string): Promise<string> {
  const answer = await client.ask(`/api/v1/tasks/${id}/output`);
  const bytes = await answer.arrayBuffer().catch(() => null);
  if (answer.status !== 200) return String(answer.status);
  if (bytes === null) return 'cut';
  return sha256(new Uint8Array(bytes)) === wanted ? 'right bytes' : 'wrong bytes with 200';
}

async function flip(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, FLIP_AT);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, FLIP_AT);
}
