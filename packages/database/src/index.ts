export { type Connection, connect, type Database, type Tx } from './connect.ts';
export { databaseFault } from './database-fault.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
export { Prisma } from './generated/client.ts';
export { type ListenOptions, listen } from './listen.ts';
export { migrate } from './migrate.ts';
export { type DatabaseUrlRead, parseDatabaseUrl } from './parse-database-url.ts';
export { StatementError } from './statement-error.ts';
export { waitForDatabase } from './wait-for-database.ts';
