//! The embedded tables: header lines that begin with `#`, then sections that begin with `@`.

/// One embedded table with its provenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    file_name: &'static str,
    text: &'static str,
}

impl Table {
    /// Name of the file below `data/`.
    pub fn file_name(&self) -> &'static str {
        self.file_name
    }

    /// The whole text, header included.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// Value of a header line `# name: value`; names in use are `source`, `licence`, `generated`
    /// (tables made by `cargo xtask reference`) and `reviewed` (tables kept by hand).
    pub fn header(&self, name: &str) -> Option<&'static str> {
        for line in self.text.lines().take_while(|line| line.starts_with('#')) {
            let Some((key, value)) = line.trim_start_matches('#').split_once(':') else {
                continue;
            };
            if key.trim() == name {
                return Some(value.trim());
            }
        }
        None
    }
}

macro_rules! embedded {
    ($($constant:ident = $file:literal;)*) => {
        $(pub(crate) const $constant: &str = include_str!(concat!("../data/", $file));)*
        const TABLES: &[Table] = &[$(Table { file_name: $file, text: $constant }),*];
    };
}

embedded! {
    ACTIONS = "actions.txt";
    API_CALLS = "api-calls.txt";
    COLLECTED_OPERATIONS = "collected-operations.txt";
    EVENT_ACTIONS = "event-actions.txt";
    EVENT_ALIASES = "event-aliases.txt";
    EVENT_SOURCES = "event-sources.txt";
    NONEXISTENT_APIS = "nonexistent-apis.txt";
    OPERATIONS = "operations.txt";
    OTHER_EVENTS = "other-events.txt";
    RCP_SERVICES = "rcp-services.txt";
    REGIONS = "regions.txt";
    RENAMED_KEYS = "renamed-keys.txt";
    REQUEST_KEYS = "request-keys.txt";
    SAGEMAKER_CATEGORIES = "sagemaker-categories.txt";
    SHAPES = "shapes.txt";
    TECHNIQUES = "techniques.txt";
}

/// All embedded tables, by file name.
pub fn tables() -> &'static [Table] {
    TABLES
}

/// The sections of a table: the fields of the line that opens it, and the lines below.
pub(crate) fn sections(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    // The comment header comes before the first section.
    text.split("\n@")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
}

/// The data lines of a table without sections: neither empty nor comments.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}
