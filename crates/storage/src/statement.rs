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
