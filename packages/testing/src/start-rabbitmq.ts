import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';

/** Where Debian keeps RabbitMQ's own scripts; those in /usr/sbin want to be the system's one broker. */
const SCRIPTS = '/usr/lib/rabbitmq/bin';
/** How long it may take to start, to stop and to obey an order, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const CONTROL_TIMEOUT_MS = 30_000;
const LOOK_MS = 50;
/** What is kept of its messages for an error text, in characters. */
const MESSAGES_CHARS_MAX = 8_000;

/** A RabbitMQ of the test's own, with nothing in common with any other on this machine. */
export type RabbitMq = {
  readonly url: string;
  readonly port: number;
  /** Ends it, asking politely or not; its data stay. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Stops it in mid-air: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Runs `rabbitmqctl`; answers what it printed. */
  control(...args: string[]): Promise<string>;
  /** Ends it and removes everything of it. */
  close(): Promise<void>;
};

/** Starts Debian's RabbitMQ as a node of its own: ports, cookie, data, log and port mapper. It ends with this process. */
export async function startRabbitMq(): Promise<RabbitMq> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-rabbitmq-'));
  const [port, distribution, mapper] = await freePorts(3);
  const password = randomBytes(16).toString('hex');
  await writeFile(join(folder, 'rabbitmq.conf'), configuration(Number(port), password));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  await writeFile(join(folder, 'rabbitmq-env.conf'), '');
  await mkdir(join(folder, 'home'));
  const env = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    // The cookie that lets rabbitmqctl in is made here.
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    // Makes its script become the broker, instead of waiting beside it.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  // Ours, or the broker would start one that outlives it.
  const portMapper = run('epmd', env);
  let broker: Started | null = null;
  const start = async () => {
    broker = run(`${SCRIPTS}/rabbitmq-server`, env);
    await ready(broker, Number(port));
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (broker !== null) await end(broker.child, signal);
  };
  const close = async () => {
    await stop('SIGKILL');
    await end(portMapper.child, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    url: `amqp://inference:${password}@127.0.0.1:${port}`,
    port: Number(port),
    stop,
    start,
    freeze: () => broker?.child.kill('SIGSTOP'),
    thaw: () => broker?.child.kill('SIGCONT'),
    control: async (...args) => {
      const { stdout } = await promisify(execFile)(`${SCRIPTS}/rabbitmqctl`, args, { env, timeout: CONTROL_TIMEOUT_MS });
      return stdout;
    },
    close,
  };
}

function configuration(port: number, password: string): string {
  const lines = [
    `listeners.tcp.local = 127.0.0.1:${port}`,
    'default_user = inference',
    `default_pass = ${password}`,
    'log.console = true',
    'log.console.level = warning',
    // Tests measure nothing here, and a nearly full disk must not block them.
    'disk_free_limit.absolute = 1MB',
  ];
  return `${lines.join('\n')}\n`;
}

type Started = { readonly child: ChildProcess; readonly messages: () => string };

function run(command: string, env: Record<string, string>): Started {
  // It ends with this process, even when that is killed.
  const child = spawn('/usr/bin/setpriv', ['--pdeathsig=KILL', command], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
  let messages = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      messages = (messages + text).slice(-MESSAGES_CHARS_MAX);
    });
  }
  child.on('error', (error) => {
    messages += error.message;
  });
  return { child, messages: () => messages.trim() };
}

async function ready({ child, messages }: Started, port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() > deadline) throw new Error(`RabbitMQ did not start: ${messages()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  clearTimeout(timer);
}

/** Its last step of starting is to listen. */
async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
