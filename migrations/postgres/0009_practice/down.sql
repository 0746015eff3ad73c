DROP TABLE capstone_comments;
DROP TABLE capstone_versions;
DROP TABLE capstone_submissions;
DROP TABLE drill_attempts;
DROP TABLE drill_keys;
ALTER TABLE documents DROP COLUMN drill;
