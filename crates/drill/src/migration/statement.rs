use sqlparser::ast::{ObjectName, Statement, TableFactor, TableWithJoins};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::sql::cut_to;

/// The most tokens of a statement that is read, so that neither its tree nor the way to it gets deep.
const TOKENS: usize = 2000;
/// The most parentheses within each other.
const NESTED: usize = 12;

/// A statement's tokens without white space, and its text.
pub(super) struct Piece {
    pub(super) tokens: Vec<Token>,
    pub(super) text: String,
}

/// The statements of a script, none where a text or a comment has no end.
pub(super) fn split(sql: &str) -> Option<Vec<Piece>> {
    let mut pieces = vec![Vec::new()];
    let mut trigger = false;
    for token in Tokenizer::new(&SQLiteDialect {}, sql).tokenize().ok()? {
        let current: &mut Vec<Token> = pieces.last_mut()?;
        let is = |word: &str| matches!(&token, Token::Word(it) if it.quote_style.is_none() && it.value.eq_ignore_ascii_case(word));
        let words = || current.iter().filter(|token| matches!(token, Token::Word(_))).count();
        trigger |= is("TRIGGER") && words() <= 2;
        let ended = || {
            let last = current.iter().rev().find(|token| !matches!(token, Token::Whitespace(_)));
            matches!(last, Some(Token::Word(word)) if word.value.eq_ignore_ascii_case("END"))
        };
        if token == Token::SemiColon && (!trigger || ended()) {
            pieces.push(Vec::new());
            trigger = false;
        } else {
            current.push(token);
        }
    }
    let piece = |all: Vec<Token>| {
        let text: String = all.iter().map(Token::to_string).collect();
        let text = cut_to(text.split_whitespace().collect::<Vec<_>>().join(" "), 120);
        Piece { tokens: all.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect(), text }
    };
    Some(pieces.into_iter().map(piece).filter(|piece| !piece.tokens.is_empty()).collect())
}

fn depth(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    let mut most = 0;
    for token in tokens {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

pub(super) fn parse(tokens: &[Token]) -> Option<Statement> {
    if tokens.len() > TOKENS || depth(tokens) > NESTED {
        return None;
    }
    let dialect = SQLiteDialect {};
    let mut parser = Parser::new(&dialect).with_tokens(tokens.to_vec());
    let statement = parser.parse_statement().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(statement)
}

/// The last part of a name in lower case.
pub(super) fn last(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

pub(super) fn table_of(table: &TableWithJoins) -> Option<String> {
    match &table.relation {
        TableFactor::Table { name, .. } => Some(last(name)),
        _ => None,
    }
}

pub(super) fn word(token: &Token, wanted: &[&str]) -> bool {
    matches!(token, Token::Word(word)
        if word.quote_style.is_none() && wanted.iter().any(|wanted| word.value.eq_ignore_ascii_case(wanted)))
}

/// Whether a statement says how many rows it is about: by a `LIMIT`, or by comparing a column with a value in a `WHERE` of
/// its own.
pub(super) fn bounded(tokens: &[Token]) -> bool {
    let Some(start) = tokens.iter().position(|token| word(token, &["WHERE"])) else {
        return tokens.iter().any(|token| word(token, &["LIMIT"]));
    };
    let listed = |after: Option<&Token>| after.is_none_or(|after| !word(after, &["SELECT", "WITH", "VALUES"]));
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        let (before, next, after) = (tokens.get(at - 1), tokens.get(at + 1), tokens.get(at + 2));
        let value =
            matches!(next, Some(Token::Number(..) | Token::SingleQuotedString(_) | Token::LParen | Token::Minus));
        let column = matches!(before, Some(Token::Word(_)));
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Eq | Token::Lt | Token::LtEq if depth == 0 && column && value => return true,
            token if word(token, &["LIMIT"]) || (depth == 0 && word(token, &["BETWEEN"])) => return true,
            token if depth == 0 && word(token, &["IN"]) && next == Some(&Token::LParen) && listed(after) => {
                return true;
            }
            _ => {}
        }
    }
    false
}
