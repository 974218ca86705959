//! Futures that are begun in their order and awaited together.

use futures_util::future::{MaybeDone, maybe_done};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

pub(crate) type Begun<F> = Vec<Pin<Box<MaybeDone<F>>>>;

/// Begins all of these in their order and answers when each has answered. For questions of a
/// [`Together`](crate::Together).
pub async fn at_once<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    finish(begin(all).await).await
}

/// The first look at each begins it: it sends its statement.
pub(crate) async fn begin<F: Future>(all: impl IntoIterator<Item = F>) -> Begun<F> {
    let mut all: Begun<F> = all.into_iter().map(|one| Box::pin(maybe_done(one))).collect();
    poll_fn(|context| {
        all.iter_mut().for_each(|one| _ = one.as_mut().poll(context));
        Poll::Ready(())
    })
    .await;
    all
}

pub(crate) async fn finish<F: Future>(all: Begun<F>) -> Vec<F::Output> {
    let mut answers = Vec::with_capacity(all.len());
    for mut one in all {
        one.as_mut().await;
        answers.extend(one.as_mut().take_output());
    }
    answers
}
