import { z } from 'zod';
import { auditPageSchema } from './audit.ts';
import { explanationSchema } from './explain.ts';
import { keyChangeSchema, keyPageSchema, keySchema, meSchema, newKeySchema, rotationSchema, shownKeySchema } from './key.ts';
import { modelChangeSchema, modelPageSchema, modelSchema, newModelSchema, registeredModelSchema } from './model.ts';
import { consumerListSchema, gpuListSchema, queueSchema } from './operations.ts';
import { outputFilesSchema } from './output-files.ts';
import { problemSchema } from './problem.ts';
import { cancelAnswerSchema, taskItemSchema, taskPageSchema, taskSchema } from './task.ts';
import { taskOptionsSchema } from './task-options.ts';
import { modelUsageSchema } from './usage.ts';

const NAMED = {
  Task: taskSchema,
  TaskItem: taskItemSchema,
  TaskPage: taskPageSchema,
  TaskOptions: taskOptionsSchema,
  Explanation: explanationSchema,
  CancelAnswer: cancelAnswerSchema,
  OutputFiles: outputFilesSchema,
  Model: modelSchema,
  RegisteredModel: registeredModelSchema,
  ModelPage: modelPageSchema,
  NewModel: newModelSchema,
  ModelChange: modelChangeSchema,
  ModelUsage: modelUsageSchema,
  Consumers: consumerListSchema,
  Gpus: gpuListSchema,
  Queue: queueSchema,
  Key: keySchema,
  KeyPage: keyPageSchema,
  NewKey: newKeySchema,
  KeyChange: keyChangeSchema,
  ShownKey: shownKeySchema,
  Rotation: rotationSchema,
  Me: meSchema,
  AuditPage: auditPageSchema,
  Problem: problemSchema,
} as const;

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });

const refOf = (id: string) => `#/components/schemas/${id}`;

/** The component schemas of the OpenAPI document. */
export function componentSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(registry, { uri: refOf, io: 'input' });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]));
}

/** A reference to a named schema. @throws for one that has no name: give it one above */
export function refTo(schema: z.ZodType): { $ref: string } {
  const named = registry.get(schema);
  if (named === undefined) throw new Error('a schema of /api/v1 has no name');
  return { $ref: refOf(named.id) };
}
