//! A table as wide as what is in it, with a line below its head and no other.

use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

/// A table with these heads, and nothing below them yet.
pub fn ruled<const N: usize>(heads: [&str; N]) -> Table {
    let mut table = Table::new();
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(LineStyle::none().fill('─'))
        .content_lines(ContentLineStyle::none());
    table.load_style(style).set_content_arrangement(ContentArrangement::Disabled).set_header(heads);
    table
}
