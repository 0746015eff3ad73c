//! Words and prose: a vocabulary of 20,000 words, of which few are common and most are rare, as in any language.

use super::random::Stream;

/// How many words there are.
const VOCABULARY: usize = 20_000;

/// The commonest.
const COMMON: &str = "the of a to and is in that it for as with on be by this are an or from at which not can have \
    when each all one more its than what where only every has other time same used";

/// What lessons are about.
const TOPICS: &str = "index query table column row transaction lock schema migration constraint join view cursor page \
    request response header body status cache proxy route cookie session token password hash key signature cipher \
    queue worker job retry timeout deadline batch stream buffer socket packet port address host name resolver \
    certificate thread process memory heap stack pointer signal file folder disk block log metric trace alert \
    dashboard budget replica leader follower quorum snapshot backup restore archive image container registry network \
    volume secret variable template module function closure iterator generator type trait interface class object \
    record field enum union string number integer float decimal date clock zone calendar parser lexer grammar token \
    tree graph node edge path cycle heap sort search filter fold map set list array vector matrix";

const VERBS: &str = "reading writing measuring testing choosing naming splitting joining caching indexing parsing \
    planning signing storing sharing tracing reviewing mending shaping bounding ordering merging checking moving";

const SYLLABLES: [&str; 32] = [
    "ba", "co", "di", "fu", "ga", "he", "ji", "ko", "la", "me", "ni", "po", "qua", "ro", "se", "ta", "u", "vo", "we",
    "xi", "yo", "za", "ster", "plen", "mor", "tin", "dra", "cle", "bron", "spi", "fel", "gran",
];

fn nth(words: &str, at: usize) -> &str {
    words.split_whitespace().nth(at).unwrap_or_default()
}

fn count(words: &str) -> usize {
    words.split_whitespace().count()
}

/// Where words come from; made once.
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn new() -> Self {
        let known = COMMON.split_whitespace().chain(TOPICS.split_whitespace()).map(str::to_owned);
        let made = (0..).map(|number: usize| {
            let syllables = std::iter::successors(Some(number), |rest| (rest / 32 > 0).then_some(rest / 32));
            let stem: String = syllables.map(|rest| SYLLABLES[rest % 32]).collect();
            stem + ["r", "n", "s", "l"][number % 4]
        });
        Self(known.chain(made).take(VOCABULARY).collect())
    }

    fn word(&self, stream: &mut Stream) -> &str {
        &self.0[stream.skewed(self.0.len())]
    }

    /// A title of three to five words that begins with a capital letter.
    pub(super) fn title(&self, stream: &mut Stream) -> String {
        let verb = nth(VERBS, stream.below(count(VERBS)));
        let mut topic = || nth(TOPICS, stream.below(count(TOPICS)));
        let mut title = match topic() {
            first if first.len().is_multiple_of(2) => format!("{verb} a {first} with the {}", topic()),
            first => format!("{verb} the {first} {}", topic()),
        };
        title[..1].make_ascii_uppercase();
        // Some are found by a rare word.
        if stream.chance(0.3) { format!("{title} of {}", self.0[stream.below(self.0.len())]) } else { title }
    }

    /// A sentence of plain text.
    pub(super) fn sentence(&self, stream: &mut Stream) -> String {
        let mut sentence = self.word(stream).to_owned();
        sentence[..1].make_ascii_uppercase();
        for _ in 0..5 + stream.below(14) {
            if stream.chance(0.08) {
                sentence.push(',');
            }
            sentence.push(' ');
            sentence.push_str(self.word(stream));
        }
        sentence + "."
    }

    fn paragraph(&self, stream: &mut Stream) -> String {
        let sentences: Vec<_> = (0..2 + stream.below(4)).map(|_| self.sentence(stream)).collect();
        sentences.join(" ")
    }

    /// Markdown of a few hundred words: headings, paragraphs, lists, and now and then a program.
    pub(super) fn body(&self, stream: &mut Stream) -> String {
        let mut body = self.paragraph(stream) + "\n";
        for _ in 0..2 + stream.below(4) {
            body += &format!("\n## {}\n\n", self.title(stream));
            for _ in 0..1 + stream.below(3) {
                body += &format!("{}\n\n", self.paragraph(stream));
            }
            if stream.chance(0.25) {
                for _ in 0..3 {
                    body += &format!("- **{}**: {}\n", self.word(stream), self.sentence(stream));
                }
            }
            if stream.chance(0.15) {
                let (table, column) = (nth(TOPICS, stream.below(20)), nth(TOPICS, stream.below(60)));
                body += &format!("\n```sql\nSELECT {column}\nFROM {table}\nWHERE id = 1;\n```\n");
            }
        }
        body
    }
}
