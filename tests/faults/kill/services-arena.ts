import type { RabbitMq } from '@inference/testing/start-rabbitmq';
import type { Service } from '../stage/service.ts';
import { Stage } from '../stage/stage.ts';
import type { Arena, Victim } from './arena.ts';

/** Models that run side by side. */
const SLOTS = '3';

/** Relay, private API, consumer, Postgres and RabbitMQ: each a victim. */
export async function servicesArena(rabbit: RabbitMq): Promise<Arena> {
  const stage = await Stage.open({ rabbit, isQuick: true });
  const { api, relay, consumer, client } = await stage.trio({ consumer: { PROCESS_SLOTS: SLOTS } });
  let rabbitStarts: Promise<void> = Promise.resolve();
  const victims: Victim[] = [
    serviceVictim('private API', api),
    serviceVictim('consumer', consumer),
    {
      name: 'broker',
      // It takes longer than anything else to come back; the others are killed meanwhile.
      kill: async () => {
        await rabbitStarts;
        await rabbit.stop('SIGKILL');
        rabbitStarts = rabbit.start();
        rabbitStarts.catch(() => {});
      },
    },
    {
      name: 'Postgres',
      kill: async () => {
        await stage.postgres.kill();
        await stage.postgres.start();
      },
    },
    serviceVictim('relay', relay),
  ];
  return {
    client,
    victims,
    db: stage.db,
    recovered: async () => {
      await rabbitStarts;
      await Promise.all([api, relay, consumer].map((service) => service.ready()));
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

function serviceVictim(name: string, service: Service): Victim {
  return {
    name,
    kill: async () => {
      await service.kill();
      await service.start().ready();
    },
  };
}
