DROP TABLE drill_keys;
ALTER TABLE documents DROP COLUMN drill;
