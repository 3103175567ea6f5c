import { Prisma } from './generated/client.ts';
import { StatementError } from './statement-error.ts';

/** `away`: cannot be asked now, the same statement may work later. `full`: its disk is full. `duplicate`: a unique value exists already. */
export type DatabaseFault = 'away' | 'full' | 'duplicate';

/** Prisma's codes for a database that cannot be reached, is starting, or has no session left. */
const AWAY = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
/** What its adapter says of the same, below the one code (P2010) that all failures of written-out SQL have. */
const AWAY_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'TransactionWriteConflict']);
/**
 * Postgres' own classes: connection lost, shut down or starting, out of memory or sessions, lost a race against another transaction, cancelled or not
 * given a lock in time, a fault of its system, and read-only, as one is that has handed over to another machine.
 */
const AWAY_STATES = /^(?:08|57P|57014|55P03|532|533|58|25006|40001|40P01)/;
const FULL_STATE = '53100';
const DUPLICATE_STATE = '23505';
/** The network's own codes, such as ECONNREFUSED, or ENOENT for a socket that is not there. None of Postgres' codes looks like that. */
const NETWORK_CODE = /^E[A-Z]{4,}$/;
/** The driver says it in words where a connection breaks between two statements, or no answer comes. */
const BROKEN_CONNECTION =
  /^(?:Connection terminated|Query read timeout|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** The system says so of a connection that broke before a COMMIT was sent: the one broken connection that Prisma's adapter does not know. */
const BROKEN_PIPE = 'EPIPE';

/** What a statement that failed says of the database; null where the statement itself was wrong, or the error comes from elsewhere. */
export function databaseFault(error: unknown): DatabaseFault | null {
  if (error instanceof Prisma.PrismaClientInitializationError) return 'away';
  if (error instanceof Prisma.PrismaClientKnownRequestError) return knownFault(error);
  if (!(error instanceof Error)) return null;
  if (error.name === 'DriverAdapterError') return adapterFault(error as AdapterError);
  if (error instanceof StatementError && error.code !== '') return stateFault(error.code);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return BROKEN_CONNECTION.test(error.message) || syscall === 'connect' || code === BROKEN_PIPE ? 'away' : null;
}

function knownFault({ code, meta }: Prisma.PrismaClientKnownRequestError): DatabaseFault | null {
  if (code === 'P2002') return 'duplicate';
  // The network's own codes, such as ENOENT for a socket that is not there, come through as they are.
  if (AWAY.has(code) || !/^P\d/.test(code)) return 'away';
  return adapterFault(meta?.['driverAdapterError'] as AdapterError | undefined);
}

/** What Prisma's adapter says. Where a COMMIT fails, Prisma passes that on as it is, without a code of its own. */
function adapterFault(error: AdapterError | undefined): DatabaseFault | null {
  const { kind = '', originalCode = '' } = error?.cause ?? {};
  if (kind === 'UniqueConstraintViolation') return 'duplicate';
  return AWAY_KINDS.has(kind) ? 'away' : stateFault(originalCode);
}

function stateFault(code: string): DatabaseFault | null {
  if (code === DUPLICATE_STATE) return 'duplicate';
  if (code === FULL_STATE) return 'full';
  return AWAY_STATES.test(code) || NETWORK_CODE.test(code) ? 'away' : null;
}

type AdapterError = { readonly cause?: { readonly kind?: string; readonly originalCode?: string } };
