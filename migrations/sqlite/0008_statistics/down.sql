DROP INDEX enrolments_kept_by_target;
DROP TABLE choice_results;
DROP TABLE question_results;
DROP TABLE quiz_results;
DROP INDEX attempts_open_by_quiz;
DROP INDEX attempts_to_count;
ALTER TABLE attempts DROP COLUMN counted;
