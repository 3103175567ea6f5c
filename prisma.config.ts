import { defineConfig } from 'prisma/config';

/** Where the Prisma command line finds the schema. It is used to generate the client only; migrations are applied by packages/database. */
export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } });
