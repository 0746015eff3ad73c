DROP TABLE attempts;
DROP TABLE record_courses;
DROP TABLE record_skills;
DROP TABLE record_lessons;
DROP TABLE learning_events;
DROP TABLE enrolments;
