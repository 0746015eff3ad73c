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
    use std::sync::{Arc, Mutex};

    use cairn_domain::identity::UserReader as _;
    use cairn_domain::learning::RecordReader as _;
    use cairn_domain::search::CLASSES;
    use cairn_domain::shared::PackId;
    use diesel::connection::{Connection as _, InstrumentationEvent};
    use diesel::{RunQueryDsl as _, sql_query};

    use crate::connection::{self, Purpose, per_backend};
    use crate::library::Cache;
    use crate::testing::Scratch;
    use crate::tx::{Extent, Tx};

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }

    /// How SQLite goes about the statements of a transaction.
    fn plans(work: impl FnOnce(&mut Tx<'_>)) -> Vec<String> {
        let scratch = Scratch::new();
        let mut connection = connection::open(&scratch.config(), Purpose::Read).unwrap();
        let texts = Arc::new(Mutex::new(Vec::new()));
        let noted = texts.clone();
        let note = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                // Behind it stand the values.
                let text = query.to_string();
                noted.lock().unwrap().push(text.split(" -- binds").next().unwrap_or_default().to_owned());
            }
        };
        per_backend!(&mut connection, c => c.set_instrumentation(note));
        work(&mut Tx::new(&mut connection, Extent::Any, &Cache::default()));
        let texts = std::mem::take(&mut *texts.lock().unwrap());
        let plan = |text: String| {
            let asked = sql_query(format!("EXPLAIN QUERY PLAN {text}"));
            let steps: Vec<Step> = per_backend!(&mut connection, c => asked.load(c).unwrap());
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; ")
        };
        texts.into_iter().map(plan).collect()
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
}
