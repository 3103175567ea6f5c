-- CreateTable
CREATE TABLE "api_key" (
    "id" SERIAL NOT NULL,
    "prefix" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "old_sha256" TEXT,
    "old_until" TIMESTAMPTZ(3),
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "requests_per_minute_max" INTEGER,
    "upload_bytes_max" BIGINT,
    "queued_tasks_max" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "key" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_prefix_key" ON "api_key"("prefix");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- A key is what its text says, and its limits are limits.
ALTER TABLE "api_key"
  ADD CONSTRAINT "api_key_prefix_shape" CHECK ("prefix" ~ '^[A-Za-z0-9]{8}$'),
  ADD CONSTRAINT "api_key_digest_shape" CHECK ("sha256" ~ '^[0-9a-f]{64}$' AND "old_sha256" ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT "api_key_old_secret" CHECK (("old_sha256" IS NULL) = ("old_until" IS NULL)),
  ADD CONSTRAINT "api_key_scopes_known" CHECK ("scopes" <@ ARRAY['submit', 'read', 'operate', 'admin', 'consumer']
    AND cardinality("scopes") > 0),
  ADD CONSTRAINT "api_key_owner_length" CHECK (length("owner") BETWEEN 1 AND 64),
  ADD CONSTRAINT "api_key_name_length" CHECK (length("name") BETWEEN 1 AND 100),
  ADD CONSTRAINT "api_key_limits_positive" CHECK ("requests_per_minute_max" > 0 AND "upload_bytes_max" > 0 AND "queued_tasks_max" > 0);

-- Nothing secret gets into the audit by accident: keys have a shape.
ALTER TABLE "audit"
  ADD CONSTRAINT "audit_no_key" CHECK ("actor" || ' ' || "subject" || ' ' || "detail"::text !~ 'isk_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}'),
  ADD CONSTRAINT "audit_detail_object" CHECK (jsonb_typeof("detail") = 'object');

-- How many tasks an owner has in the queue is asked by each POST under a key that has such a limit.
CREATE INDEX "task_queued_owner_idx" ON "task" ("owner") WHERE "state" = 'queued';
