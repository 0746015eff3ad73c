DROP INDEX learning_events_by_time;
ALTER TABLE attempts DROP COLUMN challenge;
ALTER TABLE record_lessons DROP COLUMN waiver;
ALTER TABLE record_lessons DROP COLUMN skipped;
