CREATE TABLE idempotent_answers (
    user_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT idempotent_answers_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT idempotent_answers_status CHECK (status BETWEEN 100 AND 599),
    CONSTRAINT idempotent_answers_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX idempotent_answers_by_time ON idempotent_answers (at);
