//! A drawing of lines over two logarithmic axes.

use std::fmt::Write;

/// One line.
pub struct Line {
    /// What it is called.
    pub name: &'static str,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

const SIZE: (f64, f64) = (720.0, 420.0);
const FRAME: (f64, f64, f64, f64) = (70.0, 40.0, 560.0, 370.0);
const COLOURS: [&str; 5] = ["#0b6b7f", "#b45309", "#be185d", "#4338ca", "#15803d"];

/// An SVG of these lines: members along, microseconds up.
pub fn draw(title: &str, lines: &[Line]) -> String {
    let (left, top, right, bottom) = FRAME;
    let all = || lines.iter().flat_map(|line| line.points.iter().copied());
    let span = |of: fn((f64, f64)) -> f64| {
        let logs = || all().map(of).map(f64::log10);
        (logs().fold(f64::INFINITY, f64::min).floor(), logs().fold(f64::NEG_INFINITY, f64::max).ceil())
    };
    let ((x0, x1), (y0, y1)) = (span(|point| point.0), span(|point| point.1));
    let x = |value: f64| left + (value.log10() - x0) / (x1 - x0).max(1.0) * (right - left);
    let y = |value: f64| bottom - (value.log10() - y0) / (y1 - y0).max(1.0) * (bottom - top);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"{left}\" y=\"22\" font-size=\"14\">{title}</text>\n",
        SIZE.0, SIZE.1
    );
    let mut put = |text: String| {
        // Writing into a string can't fail.
        let _ = writeln!(svg, "{text}");
    };
    for power in x0 as i32..=x1 as i32 {
        let at = x(10f64.powi(power));
        put(format!("<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"#ddd\"/>"));
        let label = 10i64.pow(power.max(0).unsigned_abs());
        put(format!("<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", bottom + 18.0));
    }
    for power in y0 as i32..=y1 as i32 {
        let at = y(10f64.powi(power));
        put(format!("<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/>"));
        let label = 10i64.pow(power.max(0).unsigned_abs());
        put(format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label} µs</text>",
            left - 8.0,
            at + 4.0
        ));
    }
    let mut names = 0.0;
    for (line, colour) in lines.iter().zip(COLOURS) {
        let points: Vec<String> =
            line.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        put(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        ));
        let at = top + 14.0 + names * 20.0;
        names += 1.0;
        put(format!("<text x=\"{}\" y=\"{at}\" fill=\"{colour}\">{}</text>", right + 14.0, line.name));
    }
    svg.push_str("</svg>\n");
    svg
}
