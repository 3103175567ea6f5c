import type { Connection } from '../connection/connection.ts';
import { askServer, type ServerAnswer } from './ask-server.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';
import { lookAtClock } from './look-at-clock.ts';

/** What can be said of a server without a key: whether it answers, is one of ours, and is well. */
export type ServerFindings = { readonly findings: readonly Finding[]; readonly answers: 'ours' | 'stranger' | 'nobody' };

const TLS_CODES = /CERT|SIGNATURE|ISSUER|SELF_SIGNED/;
const LOGS = 'On the machine of the server: docker compose ps, then docker compose logs';
/** What to do where a part of the server is not well. */
const REMEDIES: Readonly<Record<string, string>> = {
  database: 'On the machine of the server: docker compose up -d postgres; why it stopped: docker compose logs postgres',
  queue: 'On the machine of the server: docker compose up -d rabbitmq; why it stopped: docker compose logs rabbitmq',
  'private-api': 'On the machine of the server: docker compose up -d private-api; why it stopped: docker compose logs private-api',
  'control-plane': 'On the machine of the server: docker compose up -d private-api; why it stopped: docker compose logs private-api',
  'zip-checkers': 'Wait, or let more uploads be checked at a time: ZIP_CHECKERS in .env of the server',
};

/** Looks at the server that the commands would speak to. */
export async function lookAtServer({ url, source }: Connection, isLocal: boolean, signal: AbortSignal): Promise<ServerFindings> {
  const alive = await askServer(url, '/livez', undefined, signal);
  if (!alive.ok)
    return { findings: [unreachable(url, source, alive.code, isLocal)], answers: alive.code === 'ECONNREFUSED' ? 'nobody' : 'stranger' };
  if (alive.value?.['status'] !== 'ok') return { findings: [stranger(url, source)], answers: 'stranger' };
  const ready = await askServer(url, '/readyz?verbose', undefined, signal);
  return { findings: [fine('server', `${url} answers (${source}).`), lookAtClock(alive, Date.now()), ...partsOf(ready)], answers: 'ours' };
}

function unreachable(url: string, source: string, code: string, isLocal: boolean): Finding {
  const text = `${url} (${source}) cannot be reached: ${code}.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return broken('server', `${text} There is no machine of that name.`, 'Correct the address: --url, INFERENCE_URL or infer profile add');
  if (TLS_CODES.test(code))
    return broken('server', `${text} Its certificate is not trusted here.`, 'Name the authority that signed it: --cacert FILE.pem');
  if (isLocal && code === 'ECONNREFUSED') return broken('server', `No server runs at ${url} (${source}).`, 'infer up');
  if (isLocal) return broken('server', text, 'infer down && infer up');
  return broken('server', text, 'Start the server there (docker compose up -d), or choose another one: infer profile use NAME');
}

function stranger(url: string, source: string): Finding {
  return broken(
    'server',
    `What answers at ${url} (${source}) is no InferenceServer.`,
    'Correct the address: --url, INFERENCE_URL or infer profile add',
  );
}

/** The parts that the server itself looks at. */
function partsOf(ready: ServerAnswer): Finding[] {
  const { phase, components } = (ready.ok ? ready.value : null) ?? {};
  if (phase === 'starting') return [doubtful('readiness', 'The server is starting.', 'Wait a little; if it stays so, see its log')];
  if (phase === 'draining')
    return [doubtful('readiness', 'The server is stopping: it takes nothing new.', 'Wait until it is back, or: infer up')];
  const parts = Array.isArray(components) ? components : [];
  return parts.flatMap((part: unknown) => {
    const { name, state, text } = part as Record<string, unknown>;
    if (typeof name !== 'string' || typeof text !== 'string') return [];
    if (state === 'ok') return [fine(name, text)];
    const remedy = REMEDIES[name] ?? LOGS;
    return [state === 'failed' ? broken(name, text, remedy) : doubtful(name, text, remedy)];
  });
}
