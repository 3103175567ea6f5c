-- AlterTable
ALTER TABLE "model" ADD COLUMN     "cpus" DOUBLE PRECISION,
ADD COLUMN     "output_bytes" BIGINT NOT NULL DEFAULT 42949672960;

ALTER TABLE "model"
  ADD CONSTRAINT "model_cpus_positive" CHECK ("cpus" > 0),
  ADD CONSTRAINT "model_output_positive" CHECK ("output_bytes" > 0);
