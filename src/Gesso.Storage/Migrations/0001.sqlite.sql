CREATE TABLE tenants (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  weight  REAL NOT NULL CHECK (weight > 0),
  created INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_keys (
  id        TEXT PRIMARY KEY,
  tenant    TEXT NOT NULL,
  name      TEXT NOT NULL,
  prefix    TEXT NOT NULL,
  role      TEXT NOT NULL,
  limits    TEXT NOT NULL,
  hash      BLOB NOT NULL UNIQUE,
  created   INTEGER NOT NULL,
  expires   INTEGER,
  revoked   INTEGER,
  last_used INTEGER
) WITHOUT ROWID;

CREATE TABLE jobs (
  id               TEXT PRIMARY KEY,
  tenant           TEXT NOT NULL,
  api_key          TEXT NOT NULL,
  model            TEXT NOT NULL,
  affinity         TEXT NOT NULL,
  shape            TEXT NOT NULL,
  work             TEXT NOT NULL,
  images           INTEGER NOT NULL,
  state            TEXT NOT NULL,
  priority         INTEGER NOT NULL,
  rank             INTEGER NOT NULL,
  passes           INTEGER NOT NULL DEFAULT 0,
  attempt          INTEGER NOT NULL DEFAULT 0,
  crashes          INTEGER NOT NULL DEFAULT 0,
  beat             INTEGER NOT NULL DEFAULT 0,
  worker           TEXT,
  created          INTEGER NOT NULL,
  started          INTEGER,
  finished         INTEGER,
  deadline         INTEGER,
  estimated_us     INTEGER NOT NULL,
  device_seconds   REAL NOT NULL DEFAULT 0,
  checkpoint_image INTEGER,
  checkpoint_step  INTEGER,
  checkpoint_asset TEXT,
  init_asset       TEXT,
  mask_asset       TEXT,
  failure_kind     TEXT,
  failure_code     TEXT,
  failure_message  TEXT,
  batch            TEXT,
  custom_id        TEXT,
  webhook_url      TEXT,
  webhook_secret   TEXT,
  trace_parent     TEXT,
  idempotency_key  TEXT,
  idempotency_hash TEXT,
  last_event       INTEGER NOT NULL
);
CREATE INDEX jobs_waiting ON jobs (tenant, model, rank, id, estimated_us) WHERE state = 'queued';
CREATE INDEX jobs_deadline ON jobs (deadline) WHERE finished IS NULL AND deadline IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished, id) WHERE finished IS NOT NULL;
-- Lists: a job is in one of the first three; most jobs succeed, so those that did not have indexes of their own.
CREATE INDEX jobs_queued ON jobs (tenant, id) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (id) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (tenant, id) WHERE finished IS NOT NULL;
CREATE INDEX jobs_failed ON jobs (tenant, id) WHERE state = 'failed';
CREATE INDEX jobs_cancelled ON jobs (tenant, id) WHERE state = 'cancelled';
CREATE INDEX jobs_batch ON jobs (batch, state, id) WHERE batch IS NOT NULL;
CREATE UNIQUE INDEX jobs_idempotency ON jobs (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_init ON jobs (init_asset) WHERE finished IS NULL AND init_asset IS NOT NULL;
CREATE INDEX jobs_mask ON jobs (mask_asset) WHERE finished IS NULL AND mask_asset IS NOT NULL;
CREATE INDEX jobs_checkpoint ON jobs (checkpoint_asset) WHERE checkpoint_asset IS NOT NULL;

-- What the order of claims is made of: a row for each tenant that ever sent a job.
CREATE TABLE shares (
  tenant     TEXT PRIMARY KEY,
  time       REAL NOT NULL,
  waiting    INTEGER NOT NULL CHECK (waiting >= 0),
  running    INTEGER NOT NULL CHECK (running >= 0),
  waiting_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX shares_active ON shares (time, tenant, waiting) WHERE waiting + running > 0;

CREATE TABLE job_events (
  job      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  type     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  picture  INTEGER,
  PRIMARY KEY (job, sequence)
) WITHOUT ROWID;

CREATE TABLE pictures (
  job        TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  place      INTEGER NOT NULL,
  asset      TEXT NOT NULL,
  media_type TEXT NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  seed       INTEGER NOT NULL,
  PRIMARY KEY (job, place)
) WITHOUT ROWID;
CREATE INDEX pictures_asset ON pictures (asset);

CREATE TABLE uploads (
  tenant     TEXT NOT NULL,
  asset      TEXT NOT NULL,
  media_type TEXT NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  created    INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  PRIMARY KEY (tenant, asset)
) WITHOUT ROWID;
CREATE INDEX uploads_asset ON uploads (asset);
CREATE INDEX uploads_expires ON uploads (expires);

CREATE TABLE webhooks (
  id     TEXT PRIMARY KEY,
  job    TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  state  TEXT NOT NULL,
  url    TEXT NOT NULL,
  secret TEXT NOT NULL,
  at     INTEGER NOT NULL,
  tries  INTEGER NOT NULL,
  next   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhooks_next ON webhooks (next, id);
CREATE INDEX webhooks_job ON webhooks (job);

CREATE TABLE workers (id TEXT PRIMARY KEY, record TEXT NOT NULL, beat INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE models (name TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;

-- One row, written to see whether writing works.
CREATE TABLE readiness (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
