DROP TABLE throttles;
DROP TABLE api_tokens;
DROP TABLE sessions;
DROP TABLE passwords;
DROP TABLE users;
