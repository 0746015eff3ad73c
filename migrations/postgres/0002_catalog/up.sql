CREATE TABLE documents (
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    metadata TEXT COLLATE "C" NOT NULL,
    html TEXT COLLATE "C" NOT NULL,
    quiz TEXT COLLATE "C",
    CONSTRAINT documents_pkey PRIMARY KEY (kind, id, revision),
    CONSTRAINT documents_kind CHECK (kind IN ('guide', 'track', 'course', 'lesson', 'skill')),
    CONSTRAINT documents_quiz CHECK (quiz IS NULL OR kind = 'lesson')
);

-- Apart from the documents, so that no query for a text can bring the answers along.
CREATE TABLE answer_keys (
    kind TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    answers TEXT COLLATE "C" NOT NULL,
    CONSTRAINT answer_keys_pkey PRIMARY KEY (kind, lesson_id, revision),
    CONSTRAINT answer_keys_kind CHECK (kind = 'lesson'),
    CONSTRAINT answer_keys_document FOREIGN KEY (kind, lesson_id, revision) REFERENCES documents (kind, id, revision)
);

CREATE TABLE files (
    digest TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    CONSTRAINT files_pkey PRIMARY KEY (digest)
);

CREATE TABLE releases (
    id TEXT COLLATE "C" NOT NULL,
    pack_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    pack TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C",
    note TEXT COLLATE "C" NOT NULL,
    rolled_back_to BIGINT,
    moves TEXT COLLATE "C" NOT NULL,
    CONSTRAINT releases_pkey PRIMARY KEY (id),
    CONSTRAINT releases_number UNIQUE (pack_id, number),
    CONSTRAINT releases_number_range CHECK (number >= 1),
    CONSTRAINT releases_author FOREIGN KEY (created_by) REFERENCES users (id)
);

CREATE INDEX releases_by_author ON releases (created_by) WHERE created_by IS NOT NULL;

-- Each pack's current release.
CREATE TABLE packs (
    id TEXT COLLATE "C" NOT NULL,
    release_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT packs_pkey PRIMARY KEY (id),
    CONSTRAINT packs_release_id UNIQUE (release_id),
    CONSTRAINT packs_release FOREIGN KEY (release_id) REFERENCES releases (id)
);

CREATE TABLE release_entries (
    release_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    retired BOOLEAN NOT NULL,
    moved_to TEXT COLLATE "C",
    former_slugs TEXT COLLATE "C" NOT NULL,
    CONSTRAINT release_entries_pkey PRIMARY KEY (release_id, kind, document_id),
    CONSTRAINT release_entries_release FOREIGN KEY (release_id) REFERENCES releases (id),
    CONSTRAINT release_entries_document
        FOREIGN KEY (kind, document_id, revision) REFERENCES documents (kind, id, revision)
);

CREATE INDEX release_entries_by_document ON release_entries (kind, document_id, revision);

CREATE TABLE release_files (
    release_id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    CONSTRAINT release_files_pkey PRIMARY KEY (release_id, path),
    CONSTRAINT release_files_release FOREIGN KEY (release_id) REFERENCES releases (id),
    CONSTRAINT release_files_file FOREIGN KEY (digest) REFERENCES files (digest)
);

CREATE INDEX release_files_by_digest ON release_files (digest, path);

CREATE TABLE release_links (
    release_id TEXT COLLATE "C" NOT NULL,
    from_kind TEXT COLLATE "C" NOT NULL,
    from_id TEXT COLLATE "C" NOT NULL,
    to_kind TEXT COLLATE "C" NOT NULL,
    to_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT release_links_pkey PRIMARY KEY (release_id, from_kind, from_id, to_kind, to_id),
    CONSTRAINT release_links_from
        FOREIGN KEY (release_id, from_kind, from_id) REFERENCES release_entries (release_id, kind, document_id),
    CONSTRAINT release_links_to
        FOREIGN KEY (release_id, to_kind, to_id) REFERENCES release_entries (release_id, kind, document_id)
);

CREATE INDEX release_links_by_target ON release_links (release_id, to_kind, to_id, from_kind, from_id);
