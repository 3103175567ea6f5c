import { createHash } from 'node:crypto';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import type { Client, Sent } from '../stage/client.ts';
import { halfUpload } from '../stage/half-upload.ts';

/** More than all sockets on the way hold, in bytes: the download is still under way when the relay dies. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

export const relayKilled: Row = {
  name: 'relay-killed',
  isQuick: true,
  numbers: [6],
  fault: 'relay killed in the middle of an upload, and of a download',
  required: 'clean errors; a ranged download goes on where it was, and the hash matches',
  targetMs: 3_000,
  async play(stage) {
    const { relay, client } = await stage.trio();
    const large = await client.send({ noise: OUTPUT_BYTES });
    const { output } = await client.result(large);
    const before = await stage.db.task.count();

    const upload = halfUpload(client, stage.adminKey, await client.prepare({ payload: Buffer.alloc(1024 * 1024, 7) }), 0.5);
    const hash = createHash('sha256');
    const [bytes] = await Promise.all([
      readUntilCut(client, large, hash),
      until('some of it', () => readBytes > 0).then(() => relay.kill()),
    ]);
    must(bytes < (output?.bytes ?? 0), 'the download is cut');
    must((await upload) !== 'accepted', 'the upload is refused or cut');
    const atMs = performance.now();
    await relay.start().ready();
    const recoveredMs = await client.nextResult(atMs);
    must((await stage.db.task.count()) === before + 1, 'the half upload is no task');

    const headers = { range: `bytes=${bytes}-`, 'if-range': `"${output?.sha256}"` };
    const rest = await client.ask(`/api/v1/tasks/${large.id}/output`, { headers });
    must(rest.status === 206, `the rest is answered with 206 (${rest.status})`);
    hash.update(Buffer.from(await rest.arrayBuffer()));
    must(hash.digest('hex') === output?.sha256, 'both parts together have the right SHA-256');
    return { recoveredMs, found: `Cut after ${Math.round(bytes / 1024)} KiB; the rest came with 206, and the hash matched.` };
  },
};

let readBytes = 0;

/** Reads an output until the connection breaks; answers how many bytes came. */
async function readUntilCut(client: Client, { id }: Sent, hash: ReturnType<typeof createHash>): Promise<number> {
  readBytes = 0;
  const answer = await client.ask(`/api/v1/tasks/${id}/output`);
  const reader = answer.body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch(() => null);
    if (piece == null || piece.done) return readBytes;
    hash.update(piece.value);
    readBytes += piece.value.length;
    // Slowly, as over a network.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
