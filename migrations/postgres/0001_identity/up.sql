CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    is_author BOOLEAN NOT NULL,
    is_instructor BOOLEAN NOT NULL,
    is_admin BOOLEAN NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email_key),
    CONSTRAINT users_state CHECK (state IN ('active', 'disabled')),
    CONSTRAINT users_version CHECK (version >= 1)
);

CREATE INDEX users_admins ON users (id) WHERE is_admin;

CREATE TABLE passwords (
    user_id TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT passwords_pkey PRIMARY KEY (user_id),
    CONSTRAINT passwords_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_digest UNIQUE (digest),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used BIGINT,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_digest UNIQUE (digest),
    CONSTRAINT api_tokens_name UNIQUE (user_id, name),
    CONSTRAINT api_tokens_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX api_tokens_by_user ON api_tokens (user_id, id);

CREATE TABLE throttles (
    id TEXT COLLATE "C" NOT NULL,
    state BIGINT NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (id)
);

CREATE INDEX throttles_by_state ON throttles (state);
