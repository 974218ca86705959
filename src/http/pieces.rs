//! An answer that is made piece by piece while it goes out: however long it gets, no more than a piece is in memory, and
//! whoever reads slowly is waited for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;

use super::{Answer, answer};
use crate::base::Problem;

/// One step: the next piece and what the step after it begins with, or the end.
pub type Step<S> = Result<Option<(Bytes, S)>, Problem>;

/// A file whose pieces `step` makes, one after the other, beginning with `state`. Should a step fail, the connection breaks
/// off, so that nobody takes a part for the whole.
pub fn file<S, F, Fut>(content_type: &'static str, state: S, step: F) -> Answer
where
    S: 'static,
    F: Fn(S) -> Fut + Send + Unpin + 'static,
    Fut: Future<Output = Step<S>> + Send + 'static,
{
    let running = Some(Box::pin(step(state)));
    answer::content(content_type, Body::new(Pieces { step, running }))
}

struct Pieces<F, Fut> {
    step: F,
    running: Option<Pin<Box<Fut>>>,
}

impl<S, F, Fut> HttpBody for Pieces<F, Fut>
where
    F: Fn(S) -> Fut + Unpin,
    Fut: Future<Output = Step<S>>,
{
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let this = self.get_mut();
        let Some(running) = &mut this.running else { return Poll::Ready(None) };
        let outcome = ready!(running.as_mut().poll(context));
        this.running = None;
        Poll::Ready(match outcome {
            Ok(None) => None,
            Ok(Some((piece, state))) => {
                this.running = Some(Box::pin((this.step)(state)));
                Some(Ok(Frame::data(piece)))
            }
            Err(problem) => {
                tracing::warn!(code = problem.code, "a file broke off");
                Some(Err(std::io::Error::other(problem.code)))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt;

    use super::*;

    /// Pieces from 0 up to `last`, counting the steps; the step `fails` fails.
    fn counting(steps: &Arc<AtomicUsize>, last: usize, fails: usize) -> Body {
        let steps = Arc::clone(steps);
        let step = move |n: usize| {
            steps.fetch_add(1, Ordering::SeqCst);
            let outcome = match n {
                n if n == fails => Err(Problem::unavailable()),
                n if n > last => Ok(None),
                n => Ok(Some((Bytes::from(vec![0; 10]), n + 1))),
            };
            async move { outcome }
        };
        file("text/plain", 0, step).into_body()
    }

    #[tokio::test]
    async fn a_piece_is_made_when_it_is_asked_for() {
        let steps = Arc::new(AtomicUsize::new(0));
        let mut body = counting(&steps, 1_000, usize::MAX);
        for made in 1..5 {
            assert!(body.frame().await.expect("a frame").is_ok());
            // One step ahead at the most: its future is made, and runs when the next piece is asked for.
            assert!(steps.load(Ordering::SeqCst) <= made + 1);
        }
        assert_eq!(counting(&steps, 2, usize::MAX).collect().await.expect("whole").to_bytes().len(), 30);
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_is_no_whole_file() {
        assert!(counting(&Arc::default(), 9, 3).collect().await.is_err());
    }
}
