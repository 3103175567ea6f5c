import { connect } from '@inference/database';
import { singleServer } from '../stage/single-server.ts';
import type { Arena } from './arena.ts';

/** The server in one process, with its embedded database: the one victim. */
export async function singleArena(): Promise<Arena> {
  const single = await singleServer();
  const { server, client } = single;
  const db = connect(single.connection);
  const kill = async () => {
    await server.kill();
    await server.start().ready();
  };
  return {
    client,
    victims: [{ name: 'server in one process', kill }],
    db,
    recovered: async () => void (await server.ready()),
    [Symbol.asyncDispose]: async () => {
      await db.$disconnect();
      await single[Symbol.asyncDispose]();
    },
  };
}
