import { once } from 'node:events';
import { createServer } from 'node:net';
import { type RabbitMq, startRabbitMq } from './start-rabbitmq.ts';

/** What is told instead of an address. */
export const REFUSED = 'refused: ';

/** Starts one RabbitMQ for a whole test run, when the first test asks for it: most runs need none, and it takes seconds. */
export async function offerRabbitMq(socket: string): Promise<{ socket: string; close(): Promise<void> }> {
  let broker: Promise<RabbitMq> | null = null;
  const server = createServer(async (asker) => {
    asker.on('error', () => {});
    broker ??= startRabbitMq();
    asker.end(
      await broker.then(
        ({ url }) => url,
        (error: unknown) => `${REFUSED}${error}`,
      ),
    );
  });
  await once(server.listen(socket), 'listening');
  return {
    socket,
    close: async () => {
      server.close();
      const started = await broker?.catch(() => null);
      await started?.close();
    },
  };
}
