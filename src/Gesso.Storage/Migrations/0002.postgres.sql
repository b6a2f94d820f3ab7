-- The picture that control models and control adapters follow.
ALTER TABLE jobs ADD COLUMN control_asset text COLLATE "C";
CREATE INDEX jobs_control ON jobs (control_asset) WHERE finished IS NULL AND control_asset IS NOT NULL;
