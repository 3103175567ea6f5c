import { connect } from 'node:net';
import { broken, type Finding, fine } from './finding.ts';

/** On this machine a connection is there at once, or not at all, in milliseconds. */
const CONNECT_MS = 3_000;

/** Looks whether the port is free where the server of this machine is not the one that has it. */
export async function lookAtPort(url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
  if (!(await isTaken(hostname.replace(/^\[|\]$/g, ''), number))) return fine('port', `${number} is free.`);
  return broken(
    'port',
    `${number} is taken by another program.`,
    `infer up --port ${number === 65_535 ? 7420 : number + 1}; which program it is: sudo ss -ltnp 'sport = :${number}'`,
  );
}

async function isTaken(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket
      .once('connect', () => end(true))
      .once('timeout', () => end(true))
      .once('error', () => end(false));
  });
}
