-- CreateTable
CREATE TABLE "model" (
    "id" SERIAL NOT NULL,
    "uid" TEXT NOT NULL,
    "human_readable_id" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "image" TEXT NOT NULL,
    "folder" TEXT,
    "use_gpu" BOOLEAN NOT NULL,
    "loosened" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "memory_bytes" BIGINT NOT NULL,
    "shm_bytes" BIGINT NOT NULL,
    "pids_max" INTEGER NOT NULL,
    "time_ms" BIGINT NOT NULL,
    "zip_key" TEXT,
    "zip_name" TEXT,
    "zip_bytes" BIGINT,
    "zip_sha256" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" SERIAL NOT NULL,
    "uid" TEXT NOT NULL,
    "model_id" INTEGER NOT NULL,
    "owner" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "priority" INTEGER NOT NULL DEFAULT 0,
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rung_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "infrastructure_faults" INTEGER NOT NULL DEFAULT 0,
    "pinned_image" TEXT,
    "input_key" TEXT NOT NULL,
    "input_bytes" BIGINT NOT NULL,
    "input_sha256" TEXT NOT NULL,
    "output_key" TEXT,
    "output_bytes" BIGINT,
    "output_sha256" TEXT,
    "warnings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "failure_class" TEXT,
    "failure_reason" TEXT,
    "failure_exit_code" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "task_id" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "token" TEXT NOT NULL,
    "claim_id" TEXT NOT NULL,
    "consumer_id" TEXT NOT NULL,
    "boot_id" TEXT NOT NULL,
    "heartbeat" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "failure_class" TEXT,
    "failure_reason" TEXT,
    "exit_code" INTEGER,
    "output_sha256" TEXT,
    "stdout_tail" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "stderr_tail" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("task_id","number")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "task_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "attempt" INTEGER,
    "text" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consumer" (
    "id" TEXT NOT NULL,
    "boot_id" TEXT NOT NULL,
    "pools" TEXT[],
    "gpus" INTEGER NOT NULL,
    "trouble" JSONB NOT NULL DEFAULT '{}',
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "consumer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "model_uid_key" ON "model"("uid");

-- CreateIndex
CREATE UNIQUE INDEX "model_human_readable_id_key" ON "model"("human_readable_id");

-- CreateIndex
CREATE UNIQUE INDEX "task_uid_key" ON "task"("uid");

-- CreateIndex
CREATE INDEX "task_model_id_idx" ON "task"("model_id");

-- CreateIndex
CREATE UNIQUE INDEX "attempt_claim_id_key" ON "attempt"("claim_id");

-- CreateIndex
CREATE INDEX "event_task_id_id_idx" ON "event"("task_id", "id");

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "task"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "task"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What claim-next-task.ts looks through: only what waits, in the order in which it is taken.
CREATE INDEX "task_queued_idx" ON "task" ("pool", "priority" DESC, "id") WHERE "state" = 'queued';

-- What expire-leases.ts looks through.
CREATE INDEX "task_held_idx" ON "task" ("id") WHERE "state" IN ('running', 'cancelling');

-- What delete-old-files.ts looks through.
CREATE INDEX "task_unpurged_idx" ON "task" ("finished_at") WHERE "finished_at" IS NOT NULL AND "purged_at" IS NULL;

-- The invariants of docs/state-machine.md, whatever a statement does.
ALTER TABLE "task"
  ADD CONSTRAINT "task_state_known" CHECK ("state" IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  ADD CONSTRAINT "task_finished_when_final" CHECK (("finished_at" IS NOT NULL) = ("state" IN ('succeeded', 'failed', 'cancelled'))),
  ADD CONSTRAINT "task_output_when_succeeded" CHECK (
    (("output_key" IS NOT NULL) = ("state" = 'succeeded'))
    AND (("output_key" IS NULL) = ("output_bytes" IS NULL))
    AND (("output_key" IS NULL) = ("output_sha256" IS NULL))),
  ADD CONSTRAINT "task_failure_when_failed" CHECK (("failure_class" IS NOT NULL) = ("state" IN ('failed', 'cancelled'))),
  ADD CONSTRAINT "task_attempt_when_held" CHECK ("attempt" >= 0 AND ("attempt" >= 1 OR "state" NOT IN ('running', 'cancelling', 'succeeded'))),
  ADD CONSTRAINT "task_faults_counted" CHECK ("infrastructure_faults" BETWEEN 0 AND "attempt"),
  ADD CONSTRAINT "task_purged_when_final" CHECK ("purged_at" IS NULL OR "finished_at" IS NOT NULL);

ALTER TABLE "attempt"
  ADD CONSTRAINT "attempt_numbered_from_one" CHECK ("number" >= 1),
  ADD CONSTRAINT "attempt_ended_with_outcome" CHECK (("ended_at" IS NOT NULL) = ("outcome" IS NOT NULL)),
  ADD CONSTRAINT "attempt_outcome_known" CHECK ("outcome" IN ('succeed', 'fail', 'hand_back', 'lost'));
