//! Pages of HTML that hold all they need: no script, nothing from outside, and light, dark and paper.
//!
//! A page is well-formed XML as well, so that a test can read it. Its policy for contents lets a
//! browser load and run nothing, whatever else might have come in.

mod judged;
mod theme;

use crate::markup::escaped;
use crate::style::Role;

pub(crate) use judged::write_judged;

/// Text of so few characters stands on one line of a table.
const SHORT: usize = 26;

/// A page that grows part by part.
#[derive(Debug)]
pub(crate) struct Html {
    title: String,
    body: String,
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    role: Role,
    is_number: bool,
}

impl Cell {
    /// A cell of text.
    pub(crate) fn new(text: &str) -> Self {
        Self::of(Role::Plain, text)
    }

    /// A cell whose text has a role.
    pub(crate) fn of(role: Role, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            role,
            is_number: false,
        }
    }

    /// A cell whose text stands at the right.
    pub(crate) fn number(text: &str) -> Self {
        Self {
            is_number: true,
            ..Self::new(text)
        }
    }
}

impl Html {
    /// An empty page whose title is the name of what it is about.
    pub(crate) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            body: format!("<h1>{}</h1>\n", escaped(title)),
        }
    }

    /// What it comes to: a sentence, and more of it below.
    pub(crate) fn verdict(&mut self, (role, verdict): (Role, &str), more: &[String]) {
        let class = class(role);
        self.raw(&format!(
            "<div class=\"verdict {class}\">\n<p>{}</p>\n",
            escaped(verdict)
        ));
        for line in more {
            self.raw(&format!("<p class=\"more\">{}</p>\n", escaped(line)));
        }
        self.raw("</div>\n");
    }

    /// A heading within the page.
    pub(crate) fn heading(&mut self, heading: &str) {
        self.raw(&format!("<h2>{}</h2>\n", escaped(heading)));
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.raw(&format!("<p>{}</p>\n", escaped(text)));
    }

    /// A table, unless it has no rows. Columns that are empty everywhere are left out.
    pub(crate) fn table(&mut self, headings: &[&str], rows: &[Vec<Cell>]) {
        if rows.is_empty() {
            return;
        }
        let is_said = |place: usize| {
            let mut cells = rows.iter().filter_map(|row| row.get(place));
            cells.any(|cell| !cell.text.is_empty())
        };
        self.raw("<div class=\"table\"><table>\n");
        if headings.iter().any(|heading| !heading.is_empty()) {
            self.raw("<thead><tr>");
            for (place, heading) in headings.iter().enumerate() {
                if is_said(place) {
                    let mut cells = rows.iter().filter_map(|row| row.get(place));
                    let is_number = cells.any(|cell| cell.is_number);
                    let class = if is_number { " class=\"number\"" } else { "" };
                    self.raw(&format!(
                        "<th scope=\"col\"{class}>{}</th>",
                        escaped(heading)
                    ));
                }
            }
            self.raw("</tr></thead>\n");
        }
        self.raw("<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            let cells = row.iter().enumerate();
            for (_, cell) in cells.filter(|(place, _)| is_said(*place)) {
                self.cell(cell);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table></div>\n");
    }

    /// A picture that was drawn for a page; nothing where there is none.
    pub(crate) fn picture(&mut self, svg: Option<String>) {
        if let Some(svg) = svg {
            self.raw(&format!("<figure>\n{svg}</figure>\n"));
        }
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        let Self { title, body } = self;
        let (title, pictures, page) = (escaped(&title), crate::picture::CSS, theme::CSS);
        format!(
            "<!DOCTYPE html>\n\
             <html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta name=\"color-scheme\" content=\"light dark\"/>\n\
             <title>{title}</title>\n<style>{page}{pictures}</style>\n</head>\n\
             <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
        )
    }

    fn cell(&mut self, cell: &Cell) {
        let mut classes = vec![class(cell.role)];
        if cell.text.chars().count() <= SHORT {
            classes.push("short");
        }
        if cell.is_number {
            classes.push("number");
        }
        classes.retain(|class| !class.is_empty());
        let class = if classes.is_empty() {
            String::new()
        } else {
            format!(" class=\"{}\"", classes.join(" "))
        };
        self.raw(&format!("<td{class}>{}</td>", escaped(&cell.text)));
    }

    fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }
}

/// The class of a role; its colours are in the page's style.
fn class(role: Role) -> &'static str {
    match role {
        Role::Plain => "",
        Role::Strong => "strong",
        Role::Faint => "faint",
        Role::Error | Role::Removed => "bad",
        Role::Warning | Role::Changed => "warning",
        Role::Note => "note",
        Role::Added => "good",
    }
}
