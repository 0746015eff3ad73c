use time::Date;

use super::random::{SplitMix64, column_key, permuted};
use super::words::{FAMILY, GIVEN, PLACES, WORDS};
use super::{Cell, Column, DataSet, Day, Days, Table, Values};

const DAY: i64 = 86_400;

impl Table {
    /// Its rows in their order, each with a cell for each of [`Table::columns`]. `set` is the one it belongs to. The same
    /// set gives the same rows. Of a set that breaks the rules there are rows too, with `NULL` for what cannot be made.
    pub fn rows<'a>(&'a self, set: &'a DataSet) -> impl Iterator<Item = Vec<Cell>> + 'a {
        let given = self.rows_given.iter().map(|row| row.iter().map(|literal| literal.0.clone()).collect());
        let makers: Vec<Maker<'a>> = self.columns.iter().map(|column| Maker::new(set, self, column)).collect();
        given.chain((0..self.rows).map(move |n| makers.iter().map(|maker| maker.cell(n)).collect()))
    }

    /// Row `n` of those that are made, from 0: what [`Table::rows`] gives there.
    #[must_use]
    pub fn made_row(&self, set: &DataSet, n: u64) -> Vec<Cell> {
        self.columns.iter().map(|column| Maker::new(set, self, column).cell(n)).collect()
    }
}

/// A column with all that is the same for each of its rows.
struct Maker<'a> {
    key: u64,
    column: &'a Column,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Nothing,
    Serial,
    /// `from + step * i` for an `i` below `count`.
    Range {
        from: i64,
        step: i64,
        count: u64,
        then: fn(i64) -> Cell,
    },
    Pick {
        choices: Vec<(u64, &'a Cell)>,
        total: u64,
    },
    Text(Vec<Piece<'a>>),
    Reference {
        given: Vec<i64>,
        count: u64,
        /// What is beyond every number of a row that exists.
        beyond: i64,
        skewed: bool,
        orphans: u8,
    },
    Bool(u8),
    Constant(&'a Cell),
}

/// A part of a text pattern.
pub(super) enum Piece<'a> {
    Plain(&'a str),
    List(&'static [&'static str]),
    Digit,
    Number,
}

/// The parts of a pattern, or what in braces isn't known.
pub(super) fn pieces(pattern: &str) -> Result<Vec<Piece<'_>>, &str> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((plain, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(after)?;
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        pieces.push(match name {
            "given" => Piece::List(&GIVEN),
            "family" => Piece::List(&FAMILY),
            "place" => Piece::List(&PLACES),
            "word" => Piece::List(&WORDS),
            "digit" => Piece::Digit,
            "n" => Piece::Number,
            _ => return Err(name),
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    Ok(pieces)
}

/// How many days, or seconds of them.
pub(super) fn span(days: &Days, each: i64) -> u64 {
    let days = i64::from(days.to.0.to_julian_day()) - i64::from(days.from.0.to_julian_day()) + 1;
    u64::try_from(days * each).unwrap_or(0)
}

/// How many numbers a range has, 0 where it has none.
pub(super) fn count(from: i64, to: i64, step: u32) -> u64 {
    let width = i128::from(to) - i128::from(from);
    if width < 0 || step == 0 { 0 } else { u64::try_from(width / i128::from(step) + 1).unwrap_or(u64::MAX) }
}

fn date(julian_day: i64) -> Option<Date> {
    i32::try_from(julian_day).ok().and_then(|day| Date::from_julian_day(day).ok())
}

fn day_cell(julian_day: i64) -> Cell {
    date(julian_day).map_or(Cell::Null, |date| Cell::Text(Day(date).into()))
}

/// The Julian day of 1970-01-01.
const EPOCH: i64 = 2_440_588;

fn second_cell(unix: i64) -> Cell {
    let (day, second) = (unix.div_euclid(DAY) + EPOCH, unix.rem_euclid(DAY));
    date(day).map_or(Cell::Null, |date| {
        let day: String = Day(date).into();
        Cell::Text(format!("{day} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60))
    })
}

impl<'a> Maker<'a> {
    fn new(set: &'a DataSet, table: &Table, column: &'a Column) -> Self {
        let julian = |day: Day| i64::from(day.0.to_julian_day());
        let seconds = |days: &Days, then| {
            let from = (julian(days.from) - EPOCH) * DAY;
            Kind::Range { from, step: 1, count: span(days, DAY), then }
        };
        let kind = match &column.values {
            None => Kind::Nothing,
            Some(Values::Serial) => Kind::Serial,
            Some(Values::Integer(range)) => Kind::Range {
                from: range.from,
                step: range.step.into(),
                count: count(range.from, range.to, range.step),
                then: Cell::Integer,
            },
            Some(Values::Pick(choices)) => {
                let mut total = 0;
                let until = |choice: &'a super::Choice| {
                    total += u64::from(choice.weight);
                    (total, &choice.value.0)
                };
                let choices = choices.iter().map(until).collect();
                Kind::Pick { choices, total }
            }
            Some(Values::Text(pattern)) => pieces(pattern).map_or(Kind::Nothing, Kind::Text),
            Some(Values::Date(days)) => {
                Kind::Range { from: julian(days.from), step: 1, count: span(days, 1), then: day_cell }
            }
            Some(Values::Timestamp(days)) => seconds(days, second_cell),
            Some(Values::Unix(days)) => seconds(days, Cell::Integer),
            Some(Values::Reference(reference)) => match set.table(&reference.table) {
                None => Kind::Nothing,
                Some(target) => {
                    let given = target.numbers_given();
                    Kind::Reference {
                        count: if given.is_empty() { target.rows } else { given.len() as u64 },
                        beyond: given.iter().copied().max().unwrap_or(target.rows.try_into().unwrap_or(i64::MAX)),
                        given,
                        skewed: reference.skewed,
                        orphans: reference.orphans,
                    }
                }
            },
            Some(Values::Bool(percent)) => Kind::Bool(*percent),
            Some(Values::Constant(value)) => Kind::Constant(&value.0),
        };
        Self { key: column_key(set.seed, &table.name, &column.name), column, kind }
    }

    /// A number below `count` for row `n`, another one for each row of a unique column.
    fn index(&self, random: &mut SplitMix64, n: u64, count: u64) -> u64 {
        if self.column.unique { permuted(self.key, n, count) } else { random.below(count) }
    }

    fn cell(&self, n: u64) -> Cell {
        let mut random = SplitMix64::of_row(self.key, n);
        if random.percent(self.column.nulls) {
            return Cell::Null;
        }
        let number = i64::try_from(n).unwrap_or(i64::MAX).saturating_add(1);
        match &self.kind {
            Kind::Nothing => Cell::Null,
            Kind::Serial => Cell::Integer(number),
            Kind::Range { count: 0, .. } | Kind::Pick { total: 0, .. } => Cell::Null,
            Kind::Range { from, step, count, then } => {
                let index = i128::from(self.index(&mut random, n, *count));
                let value = i128::from(*from) + i128::from(*step) * index;
                i64::try_from(value).map_or(Cell::Null, then)
            }
            Kind::Pick { choices, total } => {
                let at = random.below(*total);
                choices.iter().find(|(until, _)| at < *until).map_or(Cell::Null, |(_, cell)| (*cell).clone())
            }
            Kind::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(plain) => text.push_str(plain),
                        Piece::List(list) => text.push_str(list[random.below(list.len() as u64) as usize]),
                        Piece::Digit => text.push((b'0' + random.below(10) as u8) as char),
                        Piece::Number => text.push_str(&number.to_string()),
                    }
                }
                Cell::Text(text)
            }
            Kind::Reference { given, count, beyond, skewed, orphans } => {
                if random.percent(*orphans) {
                    return Cell::Integer(beyond.saturating_add(number));
                }
                if *count == 0 {
                    return Cell::Null;
                }
                let index = if *skewed && !self.column.unique {
                    let one = random.next() >> 32;
                    (((one * one) >> 32) * count) >> 32
                } else {
                    self.index(&mut random, n, *count)
                };
                match given.get(index as usize) {
                    Some(number) => Cell::Integer(*number),
                    None => Cell::Integer(i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)),
                }
            }
            Kind::Bool(percent) => Cell::Integer(random.percent(*percent).into()),
            Kind::Constant(cell) => (*cell).clone(),
        }
    }
}

impl Table {
    /// The whole numbers in the first column of rows that are given.
    pub(super) fn numbers_given(&self) -> Vec<i64> {
        let number = |row: &Vec<super::Literal>| match row.first() {
            Some(super::Literal(Cell::Integer(number))) => Some(*number),
            _ => None,
        };
        self.rows_given.iter().filter_map(number).collect()
    }
}
