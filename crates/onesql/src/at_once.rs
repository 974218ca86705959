//! Futures that are begun in their order and awaited together.

use futures_util::future::maybe_done;
use std::future::{Future, poll_fn};
use std::task::Poll;

/// Begins all of these in their order and answers when each has answered. For questions of a
/// [`Together`](crate::Together).
///
/// All are looked at each time: a connection hands its answers on in their order and waits for whoever does not take theirs.
pub async fn at_once<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(|one| Box::pin(maybe_done(one))).collect();
    poll_fn(|context| {
        let open = all.iter_mut().filter_map(|one| one.as_mut().poll(context).is_pending().then_some(()));
        if open.count() > 0 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all.iter_mut().filter_map(|one| one.as_mut().take_output()).collect()
}
