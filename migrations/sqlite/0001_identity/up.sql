CREATE TABLE users (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    is_author BOOLEAN NOT NULL,
    is_instructor BOOLEAN NOT NULL,
    is_admin BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email_key),
    CONSTRAINT users_state CHECK (state IN ('active', 'disabled')),
    CONSTRAINT users_version CHECK (version >= 1)
) WITHOUT ROWID;

CREATE INDEX users_admins ON users (id) WHERE is_admin;

CREATE TABLE passwords (
    user_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT passwords_pkey PRIMARY KEY (user_id),
    CONSTRAINT passwords_user FOREIGN KEY (user_id) REFERENCES users (id)
) WITHOUT ROWID;

CREATE TABLE sessions (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_digest UNIQUE (digest),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
) WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used BIGINT,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_digest UNIQUE (digest),
    CONSTRAINT api_tokens_name UNIQUE (user_id, name),
    CONSTRAINT api_tokens_user FOREIGN KEY (user_id) REFERENCES users (id)
) WITHOUT ROWID;

CREATE INDEX api_tokens_by_user ON api_tokens (user_id, id);

CREATE TABLE throttles (
    id TEXT NOT NULL,
    state BIGINT NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX throttles_by_state ON throttles (state);
