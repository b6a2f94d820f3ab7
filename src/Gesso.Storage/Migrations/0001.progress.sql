CREATE TABLE progress (
  job        TEXT PRIMARY KEY,
  attempt    INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  image      INTEGER NOT NULL,
  images     INTEGER NOT NULL,
  step       INTEGER NOT NULL,
  steps      INTEGER NOT NULL,
  preview    BLOB,
  media_type TEXT,
  at         INTEGER NOT NULL
);
CREATE INDEX progress_at ON progress (at);
