-- Whether a graded attempt is in the tables below. The release before leaves it at false, and so does whoever grades: the
-- server counts such attempts in the background.
ALTER TABLE attempts ADD COLUMN counted BOOLEAN NOT NULL DEFAULT false;

CREATE INDEX attempts_to_count ON attempts (lesson_id, revision) WHERE state = 'graded' AND NOT counted;
CREATE INDEX attempts_open_by_quiz ON attempts (lesson_id, revision) WHERE state = 'open';

-- How many attempts at a revision of a quiz reached a share of points.
CREATE TABLE quiz_results (
    lesson_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    percent BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    CONSTRAINT quiz_results_pkey PRIMARY KEY (lesson_id, revision, percent),
    CONSTRAINT quiz_results_percent CHECK (percent BETWEEN 0 AND 100),
    CONSTRAINT quiz_results_passed CHECK (passed BETWEEN 0 AND attempts)
) WITHOUT ROWID;

CREATE TABLE question_results (
    lesson_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    question_id TEXT NOT NULL,
    answered_right BIGINT NOT NULL,
    answered_wrong BIGINT NOT NULL,
    unanswered BIGINT NOT NULL,
    CONSTRAINT question_results_pkey PRIMARY KEY (lesson_id, revision, question_id)
) WITHOUT ROWID;

-- In how many wrong answers a choice was taken.
CREATE TABLE choice_results (
    lesson_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    question_id TEXT NOT NULL,
    choice_id TEXT NOT NULL,
    in_wrong BIGINT NOT NULL,
    CONSTRAINT choice_results_pkey PRIMARY KEY (lesson_id, revision, question_id, choice_id)
) WITHOUT ROWID;

CREATE INDEX enrolments_kept_by_target ON enrolments (target_kind, target_id, id) WHERE state <> 'withdrawn';
