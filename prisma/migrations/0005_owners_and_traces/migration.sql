-- AlterTable
ALTER TABLE "consumer" ADD COLUMN     "owner" TEXT;

-- CreateIndex
CREATE INDEX "audit_subject_id_idx" ON "audit"("subject", "id");

-- What is left of tasks that were purged or deleted before: from here on it goes with their files.
UPDATE "attempt" SET "stdout_tail" = '{}', "stderr_tail" = '{}'
FROM "task" WHERE "task"."id" = "attempt"."task_id" AND "task"."purged_at" IS NOT NULL;
UPDATE "task" SET "progress_text" = '' WHERE "purged_at" IS NOT NULL AND "progress_text" <> '';
UPDATE "attempt" SET "failure_reason" = NULL
FROM "task" WHERE "task"."id" = "attempt"."task_id" AND "task"."purged_at" IS NOT NULL AND "task"."deleted_at" IS NOT NULL;
UPDATE "event" SET "text" = ''
FROM "task" WHERE "task"."id" = "event"."task_id" AND "task"."purged_at" IS NOT NULL AND "task"."deleted_at" IS NOT NULL;
UPDATE "task" SET "labels" = '{}', "failure_reason" = NULL, "warnings" = '{}'
WHERE "purged_at" IS NOT NULL AND "deleted_at" IS NOT NULL;
