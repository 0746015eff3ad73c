//! Names that a statement may use.

/// The functions that a learner's statement may call. What is not here is refused, also what a later version of the engine
/// brings.
const FUNCTIONS: &[&str] = &[
    // numbers
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees", "exp",
    "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "random", "round", "sign", "sin", "sinh",
    "sqrt", "tan", "tanh", "trunc",
    // text and bytes
    "char", "concat", "concat_ws", "format", "glob", "hex", "instr", "length", "like", "lower", "ltrim", "octet_length",
    "printf", "quote", "randomblob", "replace", "rtrim", "soundex", "substr", "substring", "trim", "unhex", "unicode",
    "unistr", "unistr_quote", "upper", "zeroblob",
    // choices
    "coalesce", "if", "ifnull", "iif", "likelihood", "likely", "max", "min", "nullif", "subtype", "typeof", "unlikely",
    // aggregates and windows
    "avg", "count", "cume_dist", "dense_rank", "first_value", "group_concat", "lag", "last_value", "lead", "median",
    "nth_value", "ntile", "percent_rank", "percentile", "percentile_cont", "percentile_disc", "rank", "row_number",
    "string_agg", "sum", "total",
    // dates
    "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday", "strftime", "time", "timediff",
    "unixepoch",
    // JSON
    "->", "->>", "json", "json_array", "json_array_length", "json_error_position", "json_extract", "json_group_array",
    "json_group_object", "json_insert", "json_object", "json_patch", "json_pretty", "json_quote", "json_remove",
    "json_replace", "json_set", "json_type", "json_valid", "jsonb", "jsonb_array", "jsonb_extract", "jsonb_group_array",
    "jsonb_group_object", "jsonb_insert", "jsonb_object", "jsonb_patch", "jsonb_remove", "jsonb_replace", "jsonb_set",
    // the connection
    "changes", "last_insert_rowid", "raise", "sqlite_version", "total_changes",
];

/// What the engine calls itself while it does an `ALTER TABLE`. A statement cannot: they are the engine's own.
const INTERNAL: &[&str] = &["sqlite_rename_", "sqlite_drop_", "sqlite_add_", "sqlite_find_", "sqlite_fail"];

/// Tables that the engine makes of functions, and that are allowed.
const TABLE_FUNCTIONS: &[&str] = &["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// Whether a function may be called.
pub(super) fn function(name: &str, schema: bool) -> bool {
    let name = name.to_ascii_lowercase();
    FUNCTIONS.contains(&name.as_str()) || schema && INTERNAL.iter().any(|beginning| name.starts_with(beginning))
}

/// Whether a table is one of the functions that are allowed.
pub(super) fn table_function(name: &str) -> bool {
    TABLE_FUNCTIONS.contains(&name)
}
