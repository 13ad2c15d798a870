//! Prints the table of keywords.
#![expect(clippy::print_stdout, reason = "an example prints")]

fn main() {
    print!("{}", rules::keyword_table());
}
