-- What current releases publish, each document once; the lower a number, the longer it has been there. Servers fill it at
-- their start from the documents of the current releases.
CREATE TABLE search_documents (
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    document_id TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    stamp TEXT NOT NULL,
    CONSTRAINT search_documents_pkey PRIMARY KEY (number),
    CONSTRAINT search_documents_document UNIQUE (kind, document_id),
    CONSTRAINT search_documents_kind CHECK (kind IN ('guide', 'track', 'course', 'lesson', 'skill'))
);

CREATE INDEX search_documents_by_pack ON search_documents (pack_id);

-- The terms of each document under its number. They come as they are to be: nothing but spaces parts them.
CREATE VIRTUAL TABLE search_words USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    detail = 'none',
    tokenize = "ascii tokenchars '+#_-'"
);
