import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,packages,tests,bench,scripts,examples}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['packages/testing/src/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
