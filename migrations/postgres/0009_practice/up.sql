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

-- Attempts at drills. What was handed in may be forgotten, its verdict stays.
CREATE TABLE drill_attempts (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    enrolment_id TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    challenge BOOLEAN NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    seed TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    judged_at BIGINT,
    judged_revision TEXT COLLATE "C",
    handed_in TEXT COLLATE "C",
    verdict TEXT COLLATE "C",
    provenance TEXT COLLATE "C",
    CONSTRAINT drill_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT drill_attempts_kind CHECK (kind IN ('http', 'sql', 'migration')),
    CONSTRAINT drill_attempts_state CHECK (state IN ('open', 'expired', 'judged')),
    CONSTRAINT drill_attempts_judged CHECK (
        (state = 'judged') = (judged_at IS NOT NULL)
        AND (state = 'judged') = (judged_revision IS NOT NULL)
        AND (state = 'judged') = (verdict IS NOT NULL)
        AND (state = 'judged') = (provenance IS NOT NULL)
        AND (state = 'judged' OR handed_in IS NULL)
    ),
    CONSTRAINT drill_attempts_provenance CHECK (provenance IN ('observed_by_learner', 'run_by_server')),
    CONSTRAINT drill_attempts_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT drill_attempts_enrolment FOREIGN KEY (enrolment_id) REFERENCES enrolments (id)
);

CREATE UNIQUE INDEX drill_attempts_open ON drill_attempts (user_id, lesson_id) WHERE state = 'open';
CREATE INDEX drill_attempts_by_learner ON drill_attempts (user_id, lesson_id, id);
CREATE INDEX drill_attempts_by_enrolment ON drill_attempts (enrolment_id);
CREATE INDEX drill_attempts_by_lesson ON drill_attempts (lesson_id, id);
CREATE INDEX drill_attempts_to_forget ON drill_attempts (judged_at) WHERE handed_in IS NOT NULL;

CREATE TABLE capstone_submissions (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    enrolment_id TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT capstone_submissions_pkey PRIMARY KEY (id),
    CONSTRAINT capstone_submissions_learner UNIQUE (user_id, lesson_id),
    CONSTRAINT capstone_submissions_state CHECK (state IN ('submitted', 'returned', 'accepted')),
    CONSTRAINT capstone_submissions_version CHECK (version >= 1),
    CONSTRAINT capstone_submissions_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT capstone_submissions_enrolment FOREIGN KEY (enrolment_id) REFERENCES enrolments (id)
);

CREATE INDEX capstone_submissions_by_enrolment ON capstone_submissions (enrolment_id);
CREATE INDEX capstone_submissions_by_state ON capstone_submissions (state, id);

-- What was handed in, and the review of it as JSON.
CREATE TABLE capstone_versions (
    submission_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    work TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    review TEXT COLLATE "C",
    CONSTRAINT capstone_versions_pkey PRIMARY KEY (submission_id, number),
    CONSTRAINT capstone_versions_number CHECK (number >= 1),
    CONSTRAINT capstone_versions_submission FOREIGN KEY (submission_id) REFERENCES capstone_submissions (id)
);

CREATE TABLE capstone_comments (
    submission_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    CONSTRAINT capstone_comments_pkey PRIMARY KEY (submission_id, number),
    CONSTRAINT capstone_comments_number CHECK (number >= 1),
    CONSTRAINT capstone_comments_submission FOREIGN KEY (submission_id) REFERENCES capstone_submissions (id),
    CONSTRAINT capstone_comments_author FOREIGN KEY (author_id) REFERENCES users (id)
);

CREATE INDEX capstone_comments_by_author ON capstone_comments (author_id);
