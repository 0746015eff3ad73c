CREATE TABLE enrolments (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    pack_id TEXT COLLATE "C" NOT NULL,
    target_kind TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C" NOT NULL,
    release_number BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    enrolled_at BIGINT NOT NULL,
    completed_at BIGINT,
    version BIGINT NOT NULL,
    CONSTRAINT enrolments_pkey PRIMARY KEY (id),
    CONSTRAINT enrolments_target_kind CHECK (target_kind IN ('course', 'track')),
    CONSTRAINT enrolments_state CHECK (state IN ('active', 'paused', 'completed', 'withdrawn')),
    CONSTRAINT enrolments_version CHECK (version >= 1),
    CONSTRAINT enrolments_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX enrolments_by_user ON enrolments (user_id, id);
CREATE INDEX enrolments_open_by_pack ON enrolments (pack_id, target_kind, target_id)
    WHERE state IN ('active', 'paused');
CREATE INDEX enrolments_open_by_target ON enrolments (target_kind, target_id, user_id)
    WHERE state IN ('active', 'paused');
CREATE INDEX enrolments_completed ON enrolments (id) WHERE state = 'completed';

-- What a learner has achieved follows from these and from nothing else; the record_* tables are kept beside them.
CREATE TABLE learning_events (
    user_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    CONSTRAINT learning_events_pkey PRIMARY KEY (user_id, seq),
    CONSTRAINT learning_events_seq CHECK (seq >= 1),
    CONSTRAINT learning_events_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE record_lessons (
    user_id TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    completed_at BIGINT,
    completed_revision TEXT COLLATE "C",
    tried_revision TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    best BIGINT,
    failed_at BIGINT,
    CONSTRAINT record_lessons_pkey PRIMARY KEY (user_id, lesson_id),
    CONSTRAINT record_lessons_completed CHECK ((completed_at IS NULL) = (completed_revision IS NULL)),
    CONSTRAINT record_lessons_best CHECK (best BETWEEN 0 AND 100),
    CONSTRAINT record_lessons_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX record_lessons_by_lesson ON record_lessons (lesson_id, user_id);

CREATE TABLE record_skills (
    user_id TEXT COLLATE "C" NOT NULL,
    skill_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT record_skills_pkey PRIMARY KEY (user_id, skill_id),
    CONSTRAINT record_skills_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX record_skills_by_skill ON record_skills (skill_id, user_id);

CREATE TABLE record_courses (
    user_id TEXT COLLATE "C" NOT NULL,
    course_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT record_courses_pkey PRIMARY KEY (user_id, course_id),
    CONSTRAINT record_courses_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX record_courses_by_course ON record_courses (course_id, user_id);

CREATE TABLE attempts (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    enrolment_id TEXT COLLATE "C" NOT NULL,
    lesson_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    pass_mark BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    graded_at BIGINT,
    answers TEXT COLLATE "C",
    grade TEXT COLLATE "C",
    passed BOOLEAN,
    CONSTRAINT attempts_pkey PRIMARY KEY (id),
    CONSTRAINT attempts_state CHECK (state IN ('open', 'graded')),
    CONSTRAINT attempts_graded CHECK (
        (state = 'graded') = (graded_at IS NOT NULL)
        AND (state = 'graded') = (answers IS NOT NULL)
        AND (state = 'graded') = (grade IS NOT NULL)
        AND (state = 'graded') = (passed IS NOT NULL)
    ),
    CONSTRAINT attempts_pass_mark CHECK (pass_mark BETWEEN 1 AND 100),
    CONSTRAINT attempts_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT attempts_enrolment FOREIGN KEY (enrolment_id) REFERENCES enrolments (id)
);

CREATE UNIQUE INDEX attempts_open ON attempts (user_id, lesson_id) WHERE state = 'open';
CREATE INDEX attempts_by_lesson ON attempts (user_id, lesson_id, id);
CREATE INDEX attempts_by_enrolment ON attempts (enrolment_id);
