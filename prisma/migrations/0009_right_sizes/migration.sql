-- DropIndex
DROP INDEX "task_model_id_idx";

-- AlterTable
ALTER TABLE "attempt" ADD COLUMN     "cpu_seconds" DOUBLE PRECISION,
ADD COLUMN     "gpu_memory_peak_bytes" BIGINT,
ADD COLUMN     "memory_peak_bytes" BIGINT,
ADD COLUMN     "output_content_bytes" BIGINT,
ADD COLUMN     "run_ms" BIGINT;

-- CreateIndex
CREATE INDEX "task_model_id_id_idx" ON "task"("model_id", "id");

ALTER TABLE "attempt"
  ADD CONSTRAINT "attempt_usage_positive" CHECK (
    "memory_peak_bytes" >= 0 AND "cpu_seconds" >= 0 AND "gpu_memory_peak_bytes" >= 0 AND "output_content_bytes" >= 0 AND "run_ms" >= 0
  );
