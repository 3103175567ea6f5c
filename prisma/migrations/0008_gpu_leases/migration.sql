-- AlterTable
ALTER TABLE "model" ADD COLUMN     "asks" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "long_ms" BIGINT,
ADD COLUMN     "queued_max" INTEGER,
ADD COLUMN     "running_max" INTEGER,
ADD COLUMN     "typical_ms" BIGINT;

-- AlterTable
ALTER TABLE "task" ADD COLUMN     "asks" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "order_key" BIGINT NOT NULL DEFAULT ((EXTRACT(epoch FROM now()) * 1000))::bigint,
ADD COLUMN     "running_max" INTEGER;

-- AlterTable
ALTER TABLE "consumer" ADD COLUMN     "node" JSONB;

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "running_tasks_max" INTEGER;

-- CreateTable
CREATE TABLE "device_lease" (
    "id" SERIAL NOT NULL,
    "device_uuid" TEXT NOT NULL,
    "task_id" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "consumer_id" TEXT NOT NULL,
    "boot_id" TEXT NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_lease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "owner_use" (
    "owner" TEXT NOT NULL,
    "gpu_millis" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "owner_use_pkey" PRIMARY KEY ("owner")
);

-- CreateIndex
CREATE INDEX "device_lease_task_id_attempt_idx" ON "device_lease"("task_id", "attempt");

-- Tasks that wait take their turns by age, as before.
UPDATE "task" SET "order_key" = (EXTRACT(epoch FROM "created_at") * 1000)::bigint WHERE "state" = 'queued';

-- Owners are walked, then each owner's tasks in their order.
CREATE INDEX "task_queued_owner_order_idx" ON "task" ("pool", "owner", "order_key", "id") WHERE "state" = 'queued';
-- Positions, rings, and what is ended for want of a GPU.
DROP INDEX "task_queued_idx";
CREATE INDEX "task_queued_idx" ON "task" ("pool", "order_key", "id") WHERE "state" = 'queued';
-- Whether a pool has waiting tasks that take a decision: they ask for something of a machine, or only so many may run.
CREATE INDEX "task_queued_special_idx" ON "task" ("pool") WHERE "state" = 'queued' AND ("asks" <> '{}' OR "running_max" IS NOT NULL);
CREATE INDEX "task_queued_model_idx" ON "task" ("model_id") WHERE "state" = 'queued';

-- A device belongs to one attempt at a time, however many processes decide.
CREATE UNIQUE INDEX "device_lease_live_idx" ON "device_lease" ("device_uuid") WHERE "ended_at" IS NULL;
CREATE INDEX "device_lease_consumer_idx" ON "device_lease" ("consumer_id") WHERE "ended_at" IS NULL;

ALTER TABLE "task"
  ADD CONSTRAINT "task_priority_known" CHECK ("priority" BETWEEN -1 AND 1),
  ADD CONSTRAINT "task_running_max_positive" CHECK ("running_max" > 0);
ALTER TABLE "model"
  ADD CONSTRAINT "model_running_max_positive" CHECK ("running_max" > 0),
  ADD CONSTRAINT "model_queued_max_positive" CHECK ("queued_max" > 0);
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_running_tasks_max_positive" CHECK ("running_tasks_max" > 0);
ALTER TABLE "owner_use" ADD CONSTRAINT "owner_use_not_negative" CHECK ("gpu_millis" >= 0);
