//! Plain tables: columns padded with spaces, numbers to the right, no lines drawn.

use super::Paint;

/// Rows under a header; the first column and those named are aligned to the left.
pub struct Table {
    header: Vec<String>,
    left: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column titles. A title that begins with `<` is aligned to the left, as
    /// is the first column.
    pub fn new(header: &[&str]) -> Self {
        let left = header
            .iter()
            .enumerate()
            .map(|(index, title)| index == 0 || title.starts_with('<'))
            .collect();
        let header = header.iter().map(|title| title.trim_start_matches('<').to_owned()).collect();
        Self { header, left, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The laid-out lines, header first.
    pub fn lines(&self, paint: Paint) -> Vec<String> {
        let mut widths: Vec<usize> = self.header.iter().map(|cell| cell.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let lay = |cells: &[String]| {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let pad = widths[column].saturating_sub(cell.chars().count());
                if column > 0 {
                    line.push_str("  ");
                }
                if self.left[column] {
                    line.push_str(cell);
                    line.extend(std::iter::repeat_n(' ', pad));
                } else {
                    line.extend(std::iter::repeat_n(' ', pad));
                    line.push_str(cell);
                }
            }
            line.trim_end().to_owned()
        };
        let mut lines = vec![paint.bold(lay(&self.header))];
        lines.extend(self.rows.iter().map(|row| lay(row)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{Paint, Table};

    #[test]
    fn numbers_to_the_right() {
        let mut table = Table::new(&["name", "files", "<what"]);
        table.row(vec!["a".into(), "1,204".into(), "x".into()]);
        table.row(vec!["longer".into(), "7".into(), "yy".into()]);
        assert_eq!(
            table.lines(Paint::PLAIN),
            ["name    files  what", "a       1,204  x", "longer      7  yy"]
        );
    }
}
