-- CreateTable
CREATE TABLE "log_piece" (
    "id" BIGSERIAL NOT NULL,
    "task_id" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "open" BOOLEAN NOT NULL DEFAULT false,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_piece_pkey" PRIMARY KEY ("task_id","attempt","stream","offset")
);

-- CreateIndex
CREATE INDEX "log_piece_task_id_id_idx" ON "log_piece"("task_id", "id");

-- AddForeignKey
ALTER TABLE "log_piece" ADD CONSTRAINT "log_piece_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "task"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What a stream keeps is bounded, and a place names one piece.
ALTER TABLE "log_piece"
  ADD CONSTRAINT "log_piece_stream_known" CHECK ("stream" IN ('stdout', 'stderr')),
  ADD CONSTRAINT "log_piece_attempt_counted" CHECK ("attempt" >= 1),
  ADD CONSTRAINT "log_piece_place_bounded" CHECK ("offset" >= 0 AND "offset" + octet_length("text") <= 1048576);
