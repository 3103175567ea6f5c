-- AlterTable
ALTER TABLE "model" ADD COLUMN     "hang_ms" BIGINT,
ADD COLUMN     "retries_max" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "task" ADD COLUMN     "deadline_at" TIMESTAMPTZ(3),
ADD COLUMN     "deadline_ms" BIGINT,
ADD COLUMN     "model_faults" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "event_at_idx" ON "event" USING BRIN ("at");

-- What end-overdue-tasks.ts looks through.
CREATE INDEX "task_deadline_idx" ON "task" ("deadline_at") WHERE "deadline_at" IS NOT NULL AND "state" IN ('queued', 'running');

-- What is wished for and what is counted stays within what the contract allows.
ALTER TABLE "model"
  ADD CONSTRAINT "model_hang_positive" CHECK ("hang_ms" > 0),
  ADD CONSTRAINT "model_retries_few" CHECK ("retries_max" BETWEEN 0 AND 5);

ALTER TABLE "task"
  ADD CONSTRAINT "task_deadline_whole" CHECK ("deadline_ms" > 0 AND ("deadline_ms" IS NULL) = ("deadline_at" IS NULL)),
  ADD CONSTRAINT "task_model_faults_counted" CHECK ("model_faults" >= 0 AND "infrastructure_faults" + "model_faults" <= "attempt");
