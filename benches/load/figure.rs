//! One line of the table.

/// What was measured, what it should be, how it compares.
pub struct Figure {
    work: &'static str,
    measured: String,
    target: &'static str,
    met: Option<bool>,
}

impl Figure {
    /// A figure whose target is not yet judged; an empty target is none.
    pub fn new(work: &'static str, measured: String, target: &'static str) -> Self {
        Self { work, measured, target, met: None }
    }

    /// Whether the target is reached.
    pub fn met(self, met: bool) -> Self {
        Self { met: Some(met), ..self }
    }
}

/// Prints figures as a Markdown table.
pub fn print(figures: &[Figure]) {
    println!("| work | measured | must reach | |\n|---|---|---|---|");
    for Figure { work, measured, target, met } in figures {
        let verdict = match met {
            Some(true) => "reached",
            Some(false) => "missed",
            None => "",
        };
        println!("| {work} | {measured} | {target} | {verdict} |");
    }
}

/// The value in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
