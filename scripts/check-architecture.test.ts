import { describe, expect, it } from 'vitest';
import { brokenRules } from './check-architecture.ts';

// One deliberately broken file per rule: a check that sees nothing is green.
const BROKEN: [rule: string, path: string, text: string][] = [
  ['the domain imports no package of ours and no driver', 'packages/domain/src/task.ts', "import { x } from '@inference/queue';"],
  ['the domain imports no package of ours and no driver', 'packages/domain/src/task.ts', "import pg from 'pg';"],
  [
    'the allocator is a function: it imports nothing, and reads no clock and no dice',
    'packages/allocator/src/room.ts',
    "import { x } from '@inference/domain';",
  ],
  [
    'the allocator is a function: it imports nothing, and reads no clock and no dice',
    'packages/allocator/src/room.ts',
    'const nowMs = Date.now();',
  ],
  ['services know nothing of HTTP', 'apps/private-api/src/services/claim-task.ts', "import express from 'express';"],
  ['only stores write SQL', 'apps/private-api/src/services/claim-task.ts', 'await db.$queryRaw`SELECT 1`;'],
  ['stores open no transactions', 'apps/private-api/src/store/task-store.ts', 'await db.$transaction(work);'],
  ['ports speak domain words', 'packages/runtime/src/model-runtime.ts', "import Docker from 'dockerode';"],
  ['a package is entered by its index only', 'apps/consumer/src/deps.ts', "import { x } from '@inference/domain/src/task.ts';"],
  [
    'nothing reaches into another workspace by path',
    'apps/consumer/src/deps.ts',
    "import { x } from '../../../packages/domain/src/index.ts';",
  ],
  ['the environment is read in config.ts only', 'apps/consumer/src/deps.ts', "const home = process.env['HOME'];"],
  ['no folder for odds and ends', 'packages/zips/src/utils.ts', 'export const x = 1;'],
];

describe('the architecture rules', () => {
  it.each(BROKEN)('report: %s (%s)', (rule, path, text) => {
    expect(brokenRules(path, text)).toEqual([`${path}: ${rule}`]);
  });

  it('leave alone what keeps them', () => {
    expect(
      brokenRules('apps/private-api/src/store/task-store.ts', "import { x } from '@inference/domain';\ntx.$queryRaw`SELECT 1`"),
    ).toEqual([]);
    expect(brokenRules('apps/standalone/src/config.ts', 'process.env')).toEqual([]);
  });
});
