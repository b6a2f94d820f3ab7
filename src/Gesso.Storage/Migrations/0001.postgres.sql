CREATE TABLE tenants (
  id      text COLLATE "C" PRIMARY KEY,
  name    text NOT NULL,
  weight  double precision NOT NULL CHECK (weight > 0),
  created bigint NOT NULL
);

CREATE TABLE api_keys (
  id        text COLLATE "C" PRIMARY KEY,
  tenant    text COLLATE "C" NOT NULL,
  name      text NOT NULL,
  prefix    text NOT NULL,
  role      text COLLATE "C" NOT NULL,
  limits    text NOT NULL,
  hash      bytea NOT NULL UNIQUE,
  created   bigint NOT NULL,
  expires   bigint,
  revoked   bigint,
  last_used bigint
);

CREATE TABLE jobs (
  id               text COLLATE "C" PRIMARY KEY,
  tenant           text COLLATE "C" NOT NULL,
  api_key          text COLLATE "C" NOT NULL,
  model            text COLLATE "C" NOT NULL,
  affinity         text COLLATE "C" NOT NULL,
  shape            text COLLATE "C" NOT NULL,
  work             text NOT NULL,
  images           bigint NOT NULL,
  state            text COLLATE "C" NOT NULL,
  priority         bigint NOT NULL,
  rank             bigint NOT NULL,
  passes           bigint NOT NULL DEFAULT 0,
  attempt          bigint NOT NULL DEFAULT 0,
  crashes          bigint NOT NULL DEFAULT 0,
  beat             bigint NOT NULL DEFAULT 0,
  worker           text COLLATE "C",
  created          bigint NOT NULL,
  started          bigint,
  finished         bigint,
  deadline         bigint,
  estimated_us     bigint NOT NULL,
  device_seconds   double precision NOT NULL DEFAULT 0,
  checkpoint_image bigint,
  checkpoint_step  bigint,
  checkpoint_asset text COLLATE "C",
  init_asset       text COLLATE "C",
  mask_asset       text COLLATE "C",
  failure_kind     text COLLATE "C",
  failure_code     text COLLATE "C",
  failure_message  text,
  batch            text COLLATE "C",
  custom_id        text COLLATE "C",
  webhook_url      text,
  webhook_secret   text,
  trace_parent     text,
  idempotency_key  text COLLATE "C",
  idempotency_hash text COLLATE "C",
  last_event       bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX jobs_waiting ON jobs (tenant, model, rank, id) INCLUDE (estimated_us) WHERE state = 'queued';
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
  tenant     text COLLATE "C" PRIMARY KEY,
  time       double precision NOT NULL,
  waiting    bigint NOT NULL CHECK (waiting >= 0),
  running    bigint NOT NULL CHECK (running >= 0),
  waiting_us bigint NOT NULL
);
CREATE INDEX shares_active ON shares (time, tenant, waiting) WHERE waiting + running > 0;

CREATE TABLE job_events (
  job      text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  sequence bigint NOT NULL,
  type     text COLLATE "C" NOT NULL,
  at       bigint NOT NULL,
  attempt  bigint NOT NULL,
  picture  bigint,
  PRIMARY KEY (job, sequence)
);

CREATE TABLE pictures (
  job        text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  place      bigint NOT NULL,
  asset      text COLLATE "C" NOT NULL,
  media_type text NOT NULL,
  width      bigint NOT NULL,
  height     bigint NOT NULL,
  bytes      bigint NOT NULL,
  seed       bigint NOT NULL,
  PRIMARY KEY (job, place)
);
CREATE INDEX pictures_asset ON pictures (asset);

CREATE TABLE uploads (
  tenant     text COLLATE "C" NOT NULL,
  asset      text COLLATE "C" NOT NULL,
  media_type text NOT NULL,
  width      bigint NOT NULL,
  height     bigint NOT NULL,
  bytes      bigint NOT NULL,
  created    bigint NOT NULL,
  expires    bigint NOT NULL,
  PRIMARY KEY (tenant, asset)
);
CREATE INDEX uploads_asset ON uploads (asset);
CREATE INDEX uploads_expires ON uploads (expires);

CREATE TABLE webhooks (
  id     text COLLATE "C" PRIMARY KEY,
  job    text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  tenant text COLLATE "C" NOT NULL,
  state  text COLLATE "C" NOT NULL,
  url    text NOT NULL,
  secret text NOT NULL,
  at     bigint NOT NULL,
  tries  bigint NOT NULL,
  next   bigint NOT NULL
);
CREATE INDEX webhooks_next ON webhooks (next, id);
CREATE INDEX webhooks_job ON webhooks (job);

CREATE TABLE workers (id text COLLATE "C" PRIMARY KEY, record text NOT NULL, beat bigint NOT NULL);
CREATE TABLE models (name text COLLATE "C" PRIMARY KEY, facts text NOT NULL);

-- One row, written to see whether writing works.
CREATE TABLE readiness (id bigint PRIMARY KEY CHECK (id = 1), at bigint NOT NULL);

-- Progress may be lost, so it is not logged.
CREATE UNLOGGED TABLE progress (
  job        text COLLATE "C" PRIMARY KEY,
  attempt    bigint NOT NULL,
  version    bigint NOT NULL,
  image      bigint NOT NULL,
  images     bigint NOT NULL,
  step       bigint NOT NULL,
  steps      bigint NOT NULL,
  preview    bytea,
  media_type text,
  at         bigint NOT NULL
);
CREATE INDEX progress_at ON progress (at);
