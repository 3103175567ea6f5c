/** Where a RabbitMQ is. */
export type BrokerAddress = {
  /** With the password in it: never for logs. */
  readonly url: string;
  /** For logs and people: host, port, virtual host. */
  readonly name: string;
};

/** A connection that says nothing for two or three of these counts as lost. */
const HEARTBEAT_SECONDS = 8;
/** The largest frame that we send or accept, in bytes: what RabbitMQ allows by default. */
const FRAME_BYTES_MAX = 131_072;

/** @throws Error with a sentence for operators, which does not repeat the address: there may be a password in it */
export function brokerAddress(address: string): BrokerAddress {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'amqp:' && url.protocol !== 'amqps:') || url.hostname === '') {
    throw new Error('The address of RabbitMQ must look like amqp://USER:PASSWORD@HOST:5672 or amqps://...');
  }
  url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  url.searchParams.set('frameMax', String(FRAME_BYTES_MAX));
  url.searchParams.set('maxFrameSize', String(FRAME_BYTES_MAX));
  return { url: url.href, name: `${url.host}${url.pathname === '/' ? '' : url.pathname}` };
}
