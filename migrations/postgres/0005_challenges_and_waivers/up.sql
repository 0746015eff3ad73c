-- Readings that a passed challenge made superfluous, and instructors' waivers, which are JSON.
ALTER TABLE record_lessons ADD COLUMN skipped BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE record_lessons ADD COLUMN waiver TEXT COLLATE "C";

ALTER TABLE attempts ADD COLUMN challenge BOOLEAN NOT NULL DEFAULT false;

CREATE INDEX learning_events_by_time ON learning_events (user_id, at);
