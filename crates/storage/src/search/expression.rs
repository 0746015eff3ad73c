//! The domain's expressions in the engines' languages. Terms need no escape in either: see [`Expression`].

use cairn_domain::search::Expression;

/// For `MATCH` of FTS5.
pub(super) fn fts5(expression: &Expression) -> String {
    let mut text = String::new();
    write(expression, &FTS5, &mut text);
    text
}

/// For a cast to `tsquery`.
pub(super) fn tsquery(expression: &Expression) -> String {
    let mut text = String::new();
    write(expression, &TSQUERY, &mut text);
    text
}

struct Language {
    quote: char,
    prefix: &'static str,
    and: &'static str,
    or: &'static str,
    except: &'static str,
}

const FTS5: Language = Language { quote: '"', prefix: " * ", and: " AND ", or: " OR ", except: " NOT " };
const TSQUERY: Language = Language { quote: '\'', prefix: ":*", and: " & ", or: " | ", except: " & !" };

fn write(expression: &Expression, language: &Language, text: &mut String) {
    let mut quoted = |term: &str, after: &str| {
        text.push(language.quote);
        text.push_str(term);
        text.push(language.quote);
        text.push_str(after);
    };
    match expression {
        Expression::Term(term) => quoted(term, ""),
        Expression::Prefix(term) => quoted(term, language.prefix),
        Expression::All(all) => joined(all, language.and, language, text),
        Expression::Any(any) => joined(any, language.or, language, text),
        Expression::Except(one, other) => {
            text.push('(');
            write(one, language, text);
            text.push_str(language.except);
            text.push('(');
            write(other, language, text);
            text.push_str("))");
        }
    }
}

fn joined(all: &[Expression], by: &str, language: &Language, text: &mut String) {
    if all.is_empty() {
        // A term that no document has: neither language can say less.
        return write(&Expression::Term("-".to_owned()), language, text);
    }
    text.push('(');
    for (at, expression) in all.iter().enumerate() {
        if at > 0 {
            text.push_str(by);
        }
        write(expression, language, text);
    }
    text.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_written_in_both_languages() {
        let term = |term: &str| Expression::Term(term.to_owned());
        let all = Expression::All(vec![term("1c++"), Expression::Prefix("1ind".into())]);
        let any = Expression::Any(vec![all, term("k_lesson")]).except(&term("3c++"));
        assert_eq!(fts5(&any), r#"((("1c++" AND "1ind" * ) OR "k_lesson") NOT ("3c++"))"#);
        assert_eq!(tsquery(&any), "((('1c++' & '1ind':*) | 'k_lesson') & !('3c++'))");
        assert_eq!(
            (fts5(&Expression::nothing()), tsquery(&Expression::nothing())),
            ("\"-\"".to_owned(), "'-'".to_owned())
        );
    }
}
