-- AlterTable
ALTER TABLE "model" ADD COLUMN     "disabled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "task" ADD COLUMN     "client_key" TEXT,
ADD COLUMN     "labels" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "progress" REAL,
ADD COLUMN     "progress_text" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "retry_of" INTEGER,
ADD COLUMN     "time_limit_ms" BIGINT;

-- CreateIndex
CREATE INDEX "task_owner_id_idx" ON "task"("owner", "id" DESC);

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_retry_of_fkey" FOREIGN KEY ("retry_of") REFERENCES "task"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- The same owner and key is the same task, whatever two private APIs do at the same time.
CREATE UNIQUE INDEX "task_client_key_idx" ON "task" ("owner", "client_key") WHERE "client_key" IS NOT NULL;

-- What is wished for and what is reported stays within what the contract allows.
ALTER TABLE "task"
  ADD CONSTRAINT "task_labels_object" CHECK (jsonb_typeof("labels") = 'object'),
  ADD CONSTRAINT "task_time_limit_positive" CHECK ("time_limit_ms" > 0),
  ADD CONSTRAINT "task_client_key_length" CHECK (length("client_key") BETWEEN 1 AND 128),
  ADD CONSTRAINT "task_retry_of_another" CHECK ("retry_of" <> "id"),
  ADD CONSTRAINT "task_progress_fraction" CHECK ("progress" BETWEEN 0 AND 1);
