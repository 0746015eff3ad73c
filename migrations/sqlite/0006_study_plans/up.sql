-- How fast a learner means to go on an enrolment. Which lesson falls in which week is computed, never stored.
CREATE TABLE study_plans (
    enrolment_id TEXT NOT NULL,
    minutes_a_week BIGINT NOT NULL,
    start_day TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT study_plans_pkey PRIMARY KEY (enrolment_id),
    CONSTRAINT study_plans_minutes CHECK (minutes_a_week BETWEEN 30 AND 4800),
    CONSTRAINT study_plans_start_day CHECK (length(start_day) = 10),
    CONSTRAINT study_plans_version CHECK (version >= 1),
    CONSTRAINT study_plans_enrolment FOREIGN KEY (enrolment_id) REFERENCES enrolments (id)
) WITHOUT ROWID;

-- The first days of weeks in which nothing is done.
CREATE TABLE study_plan_missed (
    enrolment_id TEXT NOT NULL,
    week TEXT NOT NULL,
    CONSTRAINT study_plan_missed_pkey PRIMARY KEY (enrolment_id, week),
    CONSTRAINT study_plan_missed_week CHECK (length(week) = 10),
    CONSTRAINT study_plan_missed_plan FOREIGN KEY (enrolment_id) REFERENCES study_plans (enrolment_id)
) WITHOUT ROWID;
