-- What was laid into a picture, as JSON.
ALTER TABLE pictures ADD COLUMN text TEXT;
