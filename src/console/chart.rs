//! Bars by the day: how many got in and how many did not. An image with words, and the same numbers as a table.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// One day of a [`Chart`].
#[derive(Clone, Debug)]
pub struct Day {
    /// "4 Feb".
    pub label: String,
    /// What stands below its bar: the first and the last with the month, those between without.
    pub tick: String,
    pub succeeded: i64,
    pub failed: i64,
}

/// A chart of successes and failures.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/chart.html")]
pub struct Chart {
    pub days: Vec<Day>,
}

impl HtmlSafe for Chart {}

const WIDTH: i64 = 1100;
const LEFT: i64 = 36;
const TOP: i64 = 8;
const BOTTOM: i64 = 126;
const BAR: i64 = 28;

/// Where a bar of the image stands.
struct Bar {
    x: i64,
    middle: i64,
    succeeded: (i64, i64),
    failed: (i64, i64),
}

impl Chart {
    pub fn succeeded(&self) -> i64 {
        self.days.iter().map(|day| day.succeeded).sum()
    }

    pub fn failed(&self) -> i64 {
        self.days.iter().map(|day| day.failed).sum()
    }

    /// What the image shows, in words.
    fn title(&self) -> String {
        let (first, last) = (self.days.first(), self.days.last());
        let ends = |day: Option<&Day>| day.map(|day| day.label.clone()).unwrap_or_default();
        let mut title = format!(
            "Login attempts per day, {} to {}: {} successful, {} failed.",
            ends(first),
            ends(last),
            self.succeeded(),
            self.failed()
        );
        let worst = self.days.iter().filter(|day| day.failed > 0).max_by_key(|day| day.failed);
        if let Some(worst) = worst {
            title.push_str(&format!(" Most failures on {}: {}.", worst.label, worst.failed));
        }
        title
    }

    /// From line to line: 1, 2 or 5 and zeros, so that four lines at the most lie below the highest bar.
    fn step(&self) -> i64 {
        let highest = self.days.iter().map(|day| day.succeeded + day.failed).max().unwrap_or_default();
        let mut step = 1;
        for factor in [2, 5, 10].into_iter().cycle().take(60) {
            if step * 4 >= highest {
                break;
            }
            let zeros = 10_i64.pow(step.ilog10());
            step = zeros * factor;
        }
        step
    }

    fn top(&self) -> i64 {
        let highest = self.days.iter().map(|day| day.succeeded + day.failed).max().unwrap_or_default();
        let step = self.step();
        (highest.div_euclid(step) + i64::from(highest % step != 0)).max(1) * step
    }

    fn height(&self, count: i64) -> i64 {
        count * (BOTTOM - TOP) / self.top()
    }

    /// The lines: their height and number.
    fn lines(&self) -> Vec<(i64, i64)> {
        let step = self.step();
        (0..=self.top() / step).map(|n| (BOTTOM - self.height(n * step), n * step)).collect()
    }

    fn bars(&self) -> Vec<(&Day, Bar)> {
        let count = i64::try_from(self.days.len()).unwrap_or(1).max(1);
        let bar = |(n, day): (usize, &Day)| {
            let middle = LEFT + (WIDTH - LEFT) * (2 * i64::try_from(n).unwrap_or_default() + 1) / (2 * count);
            // What there is is seen, however little it is beside the rest.
            let seen = |count: i64| if count > 0 { self.height(count).max(2) } else { 0 };
            let (succeeded, failed) = (seen(day.succeeded), seen(day.failed));
            let gap = i64::from(succeeded > 0 && failed > 0);
            (succeeded, failed, gap, middle)
        };
        self.days
            .iter()
            .enumerate()
            .map(|(n, day)| {
                let (succeeded, failed, gap, middle) = bar((n, day));
                let place = Bar {
                    x: middle - BAR / 2,
                    middle,
                    succeeded: (BOTTOM - succeeded, succeeded),
                    failed: (BOTTOM - succeeded - gap - failed, failed),
                };
                (day, place)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(highest: i64) -> Chart {
        let day = |succeeded| Day { label: "4 Feb".into(), tick: "4".into(), succeeded, failed: 0 };
        Chart { days: vec![day(highest), day(0)] }
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        let numbers = |highest| chart(highest).lines().into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(numbers(0), [0, 1]);
        assert_eq!(numbers(3), [0, 1, 2, 3]);
        assert_eq!(numbers(31), [0, 10, 20, 30, 40]);
        assert_eq!(numbers(7), [0, 2, 4, 6, 8]);
        assert_eq!(numbers(1_250_000), [0, 500_000, 1_000_000, 1_500_000]);
    }

    #[test]
    fn nothing_stands_out_of_the_image() {
        for highest in [1, 9, 1_000_003] {
            let chart = chart(highest);
            let (_, bar) = &chart.bars()[0];
            assert!(bar.failed.0 >= TOP - 2 && bar.succeeded.0 >= TOP, "{highest}");
        }
    }
}
