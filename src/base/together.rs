//! Questions that arrive while others are at a database server go with the next statement together. A journey to a server
//! costs more than what is read there, so the more there is to do the less one question costs; a lone question never waits.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onesql::{Error, ToValue, Value};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How many statements of one line are under way at once.
const JOURNEYS: usize = 2;
/// How many questions go together.
pub const MOST: usize = 32;

/// As many parameters of a statement, from the third or the fifth on.
#[macro_export]
macro_rules! up_to_32 {
    (third) => {
        "IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)"
    };
    (fifth) => {
        "IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)"
    };
}

/// These values as those parameters: where there are fewer, the last one again.
pub fn up_to_32<'a, T: ToValue + 'a>(these: impl ExactSizeIterator<Item = &'a T> + Clone) -> Vec<Value<'a>> {
    let last = these.clone().last().map(ToValue::to_value);
    these.map(ToValue::to_value).chain(std::iter::repeat_n(last, MOST).flatten()).take(MOST).collect()
}

/// What those are told whose statement broke off without an answer.
pub fn lost() -> Error {
    Error::Unavailable("the statement that carried this question broke off".into())
}

/// A question that can be asked together with the others of its line.
pub trait Question: Sized + Send + 'static {
    /// What those have in common that go together.
    type Line: Clone + Eq + Hash + Send + 'static;
    /// The answer to one.
    type Answer: Send + 'static;
    /// What is needed to ask.
    type With: Clone + Send + 'static;

    /// Asks between one and [`MOST`] questions, of which the last arrived last, with a statement that begins now. The answers are
    /// in the order of the questions; of one that has none, whoever waits for it is told so.
    fn ask(
        with: &Self::With,
        line: &Self::Line,
        these: &[Self],
    ) -> impl Future<Output = Vec<Self::Answer>> + Send;
}

/// The questions that wait, by their line.
pub struct Together<Q: Question>(Mutex<HashMap<Q::Line, Waiting<Q>>>);

impl<Q: Question> Default for Together<Q> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

struct Waiting<Q: Question> {
    under_way: usize,
    questions: Vec<(Q, oneshot::Sender<Q::Answer>)>,
}

/// Whether a question goes now or with the next.
pub enum Turn<Q: Question> {
    /// Now, by whoever asks; the journey lasts until it is dropped.
    Now(Journey<Q>),
    /// The answer comes.
    Next(oneshot::Receiver<Q::Answer>),
}

/// A statement under way. When it ends, however it ends, those that wait go.
pub struct Journey<Q: Question> {
    together: Arc<Together<Q>>,
    with: Q::With,
    line: Q::Line,
}

impl<Q: Question> Together<Q> {
    /// Takes a question into its line.
    pub fn turn(self: &Arc<Self>, with: &Q::With, line: Q::Line, question: Q) -> Turn<Q> {
        let mut lines = self.lines();
        let waiting =
            lines.entry(line.clone()).or_insert_with(|| Waiting { under_way: 0, questions: Vec::new() });
        if waiting.under_way < JOURNEYS {
            waiting.under_way += 1;
            return Turn::Now(Journey { together: Arc::clone(self), with: with.clone(), line });
        }
        let (answer, coming) = oneshot::channel();
        waiting.questions.push((question, answer));
        Turn::Next(coming)
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Q::Line, Waiting<Q>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Question> Journey<Q> {
    async fn carry(self, these: Vec<(Q, oneshot::Sender<Q::Answer>)>) {
        let (questions, askers): (Vec<_>, Vec<_>) = these.into_iter().unzip();
        let answers = Q::ask(&self.with, &self.line, &questions).await;
        // The next statement need not wait for these to be told.
        drop(self);
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Whoever asked may have gone.
            asker.send(answer).ok();
        }
    }
}

impl<Q: Question> Drop for Journey<Q> {
    fn drop(&mut self) {
        let mut lines = self.together.lines();
        let Some(waiting) = lines.get_mut(&self.line) else { return };
        let most = waiting.questions.len().min(MOST);
        let next: Vec<_> = waiting.questions.drain(..most).collect();
        match Handle::try_current() {
            Ok(runtime) if !next.is_empty() => {
                let (together, with, line) =
                    (Arc::clone(&self.together), self.with.clone(), self.line.clone());
                runtime.spawn(Self { together, with, line }.carry(next));
            }
            _ => {
                waiting.under_way -= 1;
                if waiting.under_way == 0 && waiting.questions.is_empty() {
                    lines.remove(&self.line);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Doubles a number.
    struct Twice(usize);

    impl Question for Twice {
        type Line = &'static str;
        type Answer = (usize, usize);
        type With = Arc<AtomicUsize>;

        async fn ask(asked: &Self::With, _: &Self::Line, these: &[Self]) -> Vec<(usize, usize)> {
            let statement = asked.fetch_add(1, Ordering::Relaxed);
            these.iter().map(|Twice(number)| (2 * number, statement)).collect()
        }
    }

    #[tokio::test]
    async fn those_that_arrive_while_two_are_under_way_go_together() {
        let (together, asked) = (Arc::<Together<Twice>>::default(), Arc::default());
        let now = |number, line| match together.turn(&asked, line, Twice(number)) {
            Turn::Now(journey) => journey,
            Turn::Next(_) => panic!("{number} has to wait"),
        };
        let next = |number, line| match together.turn(&asked, line, Twice(number)) {
            Turn::Now(_) => panic!("{number} goes"),
            Turn::Next(answer) => answer,
        };
        let (first, second) = (now(0, "a"), now(1, "a"));
        // Another line has its own journeys.
        drop(now(2, "b"));
        let waiting: Vec<_> = (0..40).map(|number| next(number, "a")).collect();
        // Whoever asked may be gone, and the others get their answers.
        drop(first);
        let mut statements = Vec::new();
        for (number, answer) in waiting.into_iter().enumerate() {
            let (twice, statement) = answer.await.expect("an answer");
            assert_eq!(twice, 2 * number);
            statements.push(statement);
        }
        let expected: Vec<usize> = (0..40).map(|number| usize::from(number >= MOST)).collect();
        assert_eq!(statements, expected, "thirty-two with the first, the rest with the next");
        drop(second);
        // The tasks that carried them have ended their journeys, too.
        tokio::task::yield_now().await;
        assert!(together.lines().is_empty());
    }

    #[test]
    fn of_fewer_the_last_one_is_asked_for_again() {
        let values = up_to_32([7_i64, 8].iter());
        assert_eq!(values.len(), MOST);
        assert_eq!(values[..3], [Value::Int(7), Value::Int(8), Value::Int(8)]);
        assert!(up_to_32::<i64>([].iter()).is_empty());
    }
}
