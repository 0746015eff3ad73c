DROP TABLE release_links;
DROP TABLE release_files;
DROP TABLE release_entries;
DROP TABLE packs;
DROP TABLE releases;
DROP TABLE files;
DROP TABLE answer_keys;
DROP TABLE documents;
