//! One series of scenarios as a grid: rows are where the cache is, columns where the target is.
//!
//! Invariant: every scenario has a cell, also one whose pairing this version's grammar does not know.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

use super::cell::{BORDER, Layout, UNSELECTED, cell};
use super::entry::Entry;
use crate::pairing::{Ends, Filesystem, Relation};

/// Where the target is, seen from the cache. The derived order is the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column<'a> {
    Given,
    Alone,
    Related(Ranked<'a>),
    Separate(Ranked<'a>),
}

/// A name of the grammar with its place in the grammar's order; names that it does not know come last.
pub(super) type Ranked<'a> = (usize, &'a str);

fn filesystem(name: &str) -> Ranked<'_> {
    (Filesystem::ALL.iter().take_while(|known| known.name() != name).count(), name)
}

fn relation(name: &str) -> Ranked<'_> {
    (Relation::ALL.iter().take_while(|known| known.name() != name).count(), name)
}

impl Column<'_> {
    fn title(self) -> String {
        match self {
            Self::Given => "as given".to_owned(),
            Self::Alone => "alone".to_owned(),
            Self::Related((_, name)) => format!("+{name}"),
            Self::Separate((_, name)) => format!("→ {name}"),
        }
    }
}

/// The entries of one series by row and column.
pub(super) struct Grid<'a> {
    rows: BTreeMap<Ranked<'a>, BTreeMap<Column<'a>, Vec<Entry<'a>>>>,
    pub(super) columns: Vec<Column<'a>>,
}

impl<'a> Grid<'a> {
    pub(super) fn new(entries: &[Entry<'a>]) -> Self {
        let (mut rows, mut columns) = (BTreeMap::<_, BTreeMap<_, Vec<_>>>::new(), BTreeSet::new());
        for &entry in entries {
            let (row, column) = if let Some((cache, target)) = entry.pairing.split_once(':') {
                (cache, Column::Separate(filesystem(target)))
            } else if let Some((place, name)) = entry.pairing.split_once('+') {
                (place, Column::Related(relation(name)))
            } else if entry.pairing == Ends::GIVEN {
                (entry.pairing, Column::Given)
            } else {
                (entry.pairing, Column::Alone)
            };
            columns.insert(column);
            rows.entry(filesystem(row)).or_default().entry(column).or_default().push(entry);
        }
        Self { rows, columns: columns.into_iter().collect() }
    }

    /// The table of these columns.
    pub(super) fn text(&self, columns: &[Column<'a>], layout: Layout) -> String {
        let mut table = Table::new();
        table.load_style(borders(layout)).set_content_arrangement(ContentArrangement::Disabled);
        let corner = match layout {
            Layout::Wide => "cache ↓ target →",
            Layout::Stacked => "cache ↓\ntarget →",
        };
        table.set_header([corner.to_owned()].into_iter().chain(columns.iter().map(|column| column.title())));
        for ((_, name), row) in &self.rows {
            let cells = columns.iter().map(|column| match row.get(column) {
                Some(entries) => entries.iter().map(|it| cell(it.fate, layout)).collect::<Vec<_>>().join("\n"),
                None => UNSELECTED.to_owned(),
            });
            table.add_row([(*name).to_owned()].into_iter().chain(cells));
        }
        table.trim_fmt()
    }
}

// No outer borders: they would cost the four columns that make a matrix of four filesystems fit into a hundred.
fn borders(layout: Layout) -> TableStyle {
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none().junction(BORDER))
        .header_separator(LineStyle::none().fill('─').junction('┼'))
        .content_lines(ContentLineStyle::none().junction(BORDER));
    match layout {
        Layout::Wide => style,
        Layout::Stacked => style.row_separator(LineStyle::none().fill('┈').junction('┼')),
    }
}
