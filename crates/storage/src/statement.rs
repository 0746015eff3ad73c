//! Statements written out, for what Diesel's own language cannot say to both databases, and for the hot ones.
//!
//! Diesel prepares a statement once for each connection when it can tell statements apart by their type, which it cannot
//! with `sql_query`. So each statement here is a type. It runs on the connection of the database itself, by
//! `per_backend!`.

/// Defines a statement: its values in the order of the `?` in its text, and the columns it gives.
macro_rules! statement {
    ($(#[$meta:meta])* $name:ident<$life:lifetime> { $($fields:tt)* } -> $columns:ty = $text:expr) => {
        $crate::statement::statement!(@all ($(#[$meta])*) $name (<$life>) ($name<'static>) { $($fields)* } $columns, $text);
    };
    ($(#[$meta:meta])* $name:ident { $($fields:tt)* } -> $columns:ty = $text:expr) => {
        $crate::statement::statement!(@all ($(#[$meta])*) $name () ($name) { $($fields)* } $columns, $text);
    };
    (@all ($($meta:tt)*) $name:ident ($($life:tt)*) ($id:ty) { $($field:ident: $rust:ty => $sql:ty),* $(,)? } $columns:ty, $text:expr) => {
        $($meta)*
        pub(crate) struct $name $($life)* {
            $(pub(crate) $field: $rust,)*
        }

        impl $($life)* diesel::query_builder::QueryId for $name $($life)* {
            type QueryId = $id;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $($life)* diesel::query_builder::Query for $name $($life)* {
            type SqlType = $columns;
        }

        impl $($life)* diesel::RunQueryDsl<diesel::sqlite::SqliteConnection> for $name $($life)* {}
        impl $($life)* diesel::RunQueryDsl<diesel::pg::PgConnection> for $name $($life)* {}

        $crate::statement::statement!(@for diesel::sqlite::Sqlite, $name ($($life)*) [$($field: $sql),*] $text);
        $crate::statement::statement!(@for diesel::pg::Pg, $name ($($life)*) [$($field: $sql),*] $text);
    };
    (@for $backend:ty, $name:ident ($($life:tt)*) [$($field:ident: $sql:ty),*] $text:expr) => {
        impl $($life)* diesel::query_builder::QueryFragment<$backend> for $name $($life)* {
            fn walk_ast<'pass>(
                &'pass self,
                mut pass: diesel::query_builder::AstPass<'_, 'pass, $backend>,
            ) -> diesel::QueryResult<()> {
                let mut text = $text.split('?');
                pass.push_sql(text.next().unwrap_or_default());
                $(
                    pass.push_bind_param::<$sql, _>(&self.$field)?;
                    pass.push_sql(text.next().unwrap_or_default());
                )*
                debug_assert!(text.next().is_none(), "as many values as `?` in {}", stringify!($name));
                Ok(())
            }
        }
    };
}
pub(crate) use statement;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cairn_domain::identity::UserReader as _;
    use cairn_domain::learning::{
        Enrolment, EnrolmentState, RecordReader as _, StatisticsReader as _, StatisticsWriter as _, Target,
    };
    use cairn_domain::search::CLASSES;
    use cairn_domain::shared::{AttemptId, CourseId, EnrolmentId, LessonId, PackId, Revision, Timestamp, UserId, Uuid};
    use diesel::{RunQueryDsl as _, sql_query};

    use crate::connection::{self, Purpose, per_backend};
    use crate::library::Cache;
    use crate::testing::Scratch;
    use crate::tx::{Extent, Tx};
    use crate::{Config, Statements};

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }

    /// How SQLite goes about the statements of a transaction.
    fn plans(work: impl FnOnce(&mut Tx<'_>)) -> Vec<String> {
        let (scratch, statements) = (Scratch::new(), Statements::default());
        let config = Config { statements: Some(statements.clone()), ..scratch.config() };
        let mut connection = connection::open(&config, Purpose::Read).unwrap();
        work(&mut Tx::new(&mut connection, Extent::Any, &Cache::default()));
        let plan = |text: String| {
            let asked = sql_query(format!("EXPLAIN QUERY PLAN {text}"));
            let steps: Vec<Step> = per_backend!(&mut connection, c => asked.load(c).unwrap());
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; ")
        };
        statements.texts().into_iter().map(plan).collect()
    }

    #[test]
    fn searching_reads_indexes_alone() {
        use cairn_domain::catalog::{Detail, Document};
        use cairn_domain::search::{Expression, SearchReader as _};
        let classes = || std::array::from_fn(|n| Expression::Prefix(format!("1{n}")));
        let [any, foremost] =
            [plans(|tx| _ = tx.matching(&classes()).unwrap()), plans(|tx| _ = tx.foremost(&classes()).unwrap())];
        for plan in any.iter().chain(&foremost) {
            // The one scan is of what the index of terms gives, in the order in which it gives it.
            assert_eq!(plan.matches("SCAN w VIRTUAL TABLE INDEX").count(), CLASSES, "{plan}");
            assert_eq!(plan.matches("SEARCH d USING INTEGER PRIMARY KEY").count(), CLASSES, "{plan}");
            let rest = plan.replace("SCAN w VIRTUAL", "").replace("SCAN (subquery-", "");
            assert!(!rest.contains("SCAN") && !rest.contains("TEMP B-TREE"), "{plan}");
        }
        let stamps = plans(|tx| _ = tx.indexed(&PackId::new("p").unwrap()).unwrap());
        assert!(matches!(&stamps[..], [plan] if plan.contains("INDEX search_documents_by_pack")), "{stamps:?}");
        let document = Document::new("a", "A", Detail::Skill).unwrap();
        let texts = plans(|tx| _ = tx.texts(&[&document]).unwrap_err());
        assert!(matches!(&texts[..], [plan] if plan.contains("SEARCH documents USING INDEX")), "{texts:?}");
    }

    #[test]
    fn indexes_of_some_rows_are_used() {
        let admins = plans(|tx| _ = tx.count_admins().unwrap());
        assert!(matches!(&admins[..], [plan] if plan.contains("INDEX users_admins")), "{admins:?}");
        let open = plans(|tx| _ = tx.enrolments_by_target(&PackId::new("p").unwrap()).unwrap());
        assert!(matches!(&open[..], [plan] if plan.contains("INDEX enrolments_open_by_pack (pack_id=?)")), "{open:?}");
    }

    #[test]
    fn events_are_found_by_their_time() {
        let (user, since) = (UserId::new(Uuid::nil()), Timestamp::from_micros(1));
        let found = plans(|tx| _ = tx.events_since(user, since).unwrap());
        let by_time = "INDEX learning_events_by_time (user_id=? AND at>?)";
        assert!(matches!(&found[..], [plan] if plan.contains(by_time) && !plan.contains(';')), "{found:?}");
    }

    #[test]
    fn statistics_are_found_by_indexes() {
        let (lesson, revision) = (LessonId::new("q").unwrap(), Revision::from_digest([0; 32]));
        let searched = |plans: &[String]| {
            // A temporary order of few rows, and the values of a list, are no tables.
            let scans = |plan: &String| plan.split("; ").any(|step| step.starts_with("SCAN") && !is_small(step));
            assert!(!plans.is_empty() && !plans.iter().any(scans), "{plans:?}");
        };
        fn is_small(step: &str) -> bool {
            ["SCAN json_each", "SCAN list", "SCAN graded", "SCAN (subquery"].iter().any(|small| step.starts_with(small))
                || step.contains("USING INDEX attempts_to_count")
        }
        let of_a_quiz = plans(|tx| {
            _ = tx.learners(&lesson).unwrap();
            _ = tx.counted(&lesson, &revision).unwrap();
            _ = tx.open_attempts(&lesson, &revision).unwrap();
            _ = tx.revisions(&lesson).unwrap();
            _ = tx.uncounted(Some((&lesson, &revision)), 1).unwrap();
            _ = tx.uncounted(None, 1).unwrap();
        });
        searched(&of_a_quiz);
        let with = |part: &str| of_a_quiz.iter().any(|plan| plan.contains(part));
        assert!(with("INDEX record_lessons_by_lesson (lesson_id=?)"), "{of_a_quiz:?}");
        assert!(with("INDEX attempts_open_by_quiz (lesson_id=? AND revision=?)"), "{of_a_quiz:?}");
        assert!(with("INDEX attempts_to_count (lesson_id=? AND revision=?)"), "{of_a_quiz:?}");
        let target = Target::Course(CourseId::new("c").unwrap());
        let newest = plans(|tx| _ = tx.newest_enrolled(&target, None, 1).unwrap());
        let index = "INDEX enrolments_kept_by_target (target_kind=? AND target_id=? AND id<?)";
        assert!(matches!(&newest[..], [plan] if plan.contains(index) && !plan.contains("TEMP B-TREE")), "{newest:?}");
        searched(&plans(|tx| _ = tx.standings_of(vec![enrolment()]).unwrap_err()));
        searched(&plans(|tx| _ = tx.count(&[AttemptId::new(Uuid::nil())], &BTreeMap::new()).unwrap_err()));
    }

    fn enrolment() -> Enrolment {
        Enrolment {
            id: EnrolmentId::new(Uuid::nil()),
            user: UserId::new(Uuid::nil()),
            pack: PackId::new("p").unwrap(),
            target: Target::Course(CourseId::new("c").unwrap()),
            release: 1,
            state: EnrolmentState::Active,
            enrolled_at: Timestamp::from_micros(0),
            completed_at: None,
            version: 1,
        }
    }
}
