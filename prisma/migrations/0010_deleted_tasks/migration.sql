-- Deleted tasks whose files are still to go are few, and were looked for among all tasks whose files are kept.
CREATE INDEX "task_deleted_idx" ON "task" ("finished_at") WHERE "deleted_at" IS NOT NULL AND "finished_at" IS NOT NULL AND "purged_at" IS NULL;
