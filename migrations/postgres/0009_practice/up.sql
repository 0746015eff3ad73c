ALTER TABLE documents ADD COLUMN drill TEXT COLLATE "C";

-- Apart from the documents, so that no query for a drill can bring its reference along.
CREATE TABLE drill_keys (
    kind TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    CONSTRAINT drill_keys_pkey PRIMARY KEY (kind, lesson_id, revision),
    CONSTRAINT drill_keys_kind CHECK (kind = 'lesson'),
    CONSTRAINT drill_keys_document FOREIGN KEY (kind, lesson_id, revision) REFERENCES documents (kind, id, revision)
);
