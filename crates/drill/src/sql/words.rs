use std::collections::BTreeSet;

use sqlparser::dialect::SQLiteDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::Construct;

/// What a script is made of, without white space and comments; none where a text or a comment has no end.
fn words(sql: &str) -> Option<Vec<Token>> {
    let tokens = Tokenizer::new(&SQLiteDialect {}, sql).tokenize().ok()?;
    Some(tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect())
}

/// The word in upper case, unless it is quoted.
fn plain(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
        _ => None,
    }
}

/// The name in lower case, quoted or not.
pub(crate) fn name(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        Token::DoubleQuotedString(text) | Token::SingleQuotedString(text) => Some(text.to_lowercase()),
        _ => None,
    }
}

/// A statement in a form in which white space, comments, case and quotes of names do not count.
pub(crate) fn normal(sql: &str) -> String {
    let Some(tokens) = words(sql) else { return sql.to_owned() };
    let each = |token: &Token| match token {
        Token::Word(_) | Token::DoubleQuotedString(_) => name(token).unwrap_or_default(),
        other => other.to_string(),
    };
    tokens.iter().map(each).collect::<Vec<_>>().join(" ")
}

/// Whether a script uses a construct; none where that cannot be told.
pub(super) fn uses(sql: &str, construct: Construct) -> Option<bool> {
    let tokens = words(sql)?;
    let is = |at: usize, word: &str| tokens.get(at).and_then(plain).is_some_and(|found| found == word);
    let begins = |at: usize| at == 0 || tokens[at - 1] == Token::SemiColon;
    let here = |at: usize| match construct {
        Construct::Window => {
            let next = matches!(tokens.get(at + 1), Some(Token::LParen | Token::Word(_)));
            is(at, "OVER") && at > 0 && tokens[at - 1] == Token::RParen && next
        }
        Construct::Transaction => begins(at) && (is(at, "BEGIN") || is(at, "SAVEPOINT")),
        Construct::Distinct => is(at, "DISTINCT") && !is(at + 1, "FROM"),
    };
    Some((0..tokens.len()).any(here))
}

/// Words that may follow a table's name and are no name for it.
const NO_ALIAS: [&str; 25] = [
    "WHERE",
    "JOIN",
    "ON",
    "GROUP",
    "ORDER",
    "LIMIT",
    "USING",
    "INDEXED",
    "NOT",
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "CROSS",
    "NATURAL",
    "OUTER",
    "SET",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "WINDOW",
    "HAVING",
    "SELECT",
    "VALUES",
    "RETURNING",
];

/// The names in lower case under which a plan of a script may speak of a table: its own and those that the script gives to
/// it. Where a name may be one for something else as well, it is among them.
pub(super) fn names_of(sql: &str, table: &str) -> BTreeSet<String> {
    let table = table.to_lowercase();
    let tokens = words(sql).unwrap_or_default();
    let mut names = BTreeSet::from([table.clone(), format!("main.{table}")]);
    for (at, token) in tokens.iter().enumerate() {
        if name(token).as_ref() != Some(&table) {
            continue;
        }
        let next = tokens.get(at + 1);
        let said = if next.and_then(plain).is_some_and(|word| word == "AS") { tokens.get(at + 2) } else { next };
        let is_alias = |token: &&Token| plain(token).is_none_or(|word| !NO_ALIAS.contains(&word.as_str()));
        names.extend(said.filter(is_alias).and_then(name));
    }
    names
}
