import { createServer, type Server } from 'node:http';
import { answeredHealth } from './answer-health.ts';
import type { Health } from './health.ts';

/** A health check is a small request: its head must be there within this time, in milliseconds. */
const HEADERS_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 64;

/** Makes the server of a service that has no other: it answers `/livez` and `/readyz`, and nothing else. */
export function createHealthServer(health: Health): Server {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    if (!answeredHealth(health, request, response)) response.writeHead(404).end();
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}
