DROP TABLE study_plan_missed;
DROP TABLE study_plans;
