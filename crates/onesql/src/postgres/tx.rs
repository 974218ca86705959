//! A transaction, whose writes wait until something has to be known.
//!
//! A command is a chain of statements, and to await each is a journey to the server and back. What only writes, and BEGIN and
//! COMMIT as well, need no answer of their own: they are sent in front of the next statement that is waited for, all at once, and the server
//! works through them in that order (the protocol's pipelining). Each ends with its own `Sync`, so that it sees what was committed
//! before it began, as if it had been sent alone; behind one that fails the server refuses the others, and the first failure
//! is what counts.

use super::statistics::{self, Written};
use super::{ANSWER, CONNECT, LONG_ANSWER, each_row, parameters, prepared, rows, within};
use crate::{Error, FromRow, Value, at_once};
use bytes::BytesMut;
use deadpool_postgres::Object;
use futures_util::future::join;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::{IsNull, ToSql, Type as PgType, to_sql_checked};
use tokio_postgres::{Row, Statement};

/// How many writes wait at most: what they hold is memory.
const TOGETHER: usize = 100;

/// A transaction; its connection goes back to the pool only when the server says that it has ended.
pub(crate) struct Tx {
    /// None once it has ended.
    client: Option<Object>,
    /// What is sent in front of the next statement.
    waiting: Vec<Write>,
    /// Whether the server has been told to begin.
    begun: bool,
    turn: Option<OwnedSemaphorePermit>,
    /// How many writes it has sent.
    writes: u64,
    written: Arc<Written>,
}

impl Tx {
    /// BEGIN waits like every write, so that no cancellation leaves a transaction open in the pool.
    pub(super) async fn begin(
        client: Object,
        turn: OwnedSemaphorePermit,
        written: Arc<Written>,
    ) -> Result<Tx, Error> {
        let mut tx = Tx {
            client: Some(client),
            waiting: Vec::new(),
            begun: false,
            turn: Some(turn),
            writes: 0,
            written,
        };
        tx.send("BEGIN", &[]).await?;
        Ok(tx)
    }

    /// Leaves a write for the journey of the next statement.
    pub(crate) async fn send(&mut self, sql: &str, params: &[Value<'_>]) -> Result<(), Error> {
        let write = Write::new(prepared(self.client()?, sql, params).await?, params)?;
        self.waiting.push(write);
        self.writes += 1;
        if self.waiting.len() < TOGETHER {
            return Ok(());
        }
        self.flush().await
    }

    /// Sends what waits, and waits for it.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        match self.waiting.is_empty() {
            true => Ok(()),
            false => self.go(ANSWER, async |_| Ok(())).await,
        }
    }

    /// Reads beside other reads, where nothing waits.
    pub(crate) async fn query_beside<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        each_row(&rows(self.client()?, sql, params).await?, visit)
    }

    pub(crate) async fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
        let statement = prepared(self.client()?, sql, params).await?;
        let params = parameters(params)?;
        self.writes += 1;
        self.go(ANSWER, async |client| client.execute(&statement, &params).await).await
    }

    pub(crate) async fn query<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        each_row(&self.rows(sql, params).await?, visit)
    }

    /// By itself, so that it is compiled once and not for every kind of row.
    async fn rows(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let statement = prepared(self.client()?, sql, params).await?;
        let params = parameters(params)?;
        self.go(ANSWER, async |client| client.query(&statement, &params).await).await
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.batch_within(sql, LONG_ANSWER).await
    }

    pub(crate) async fn batch_within(&mut self, sql: &str, limit: Duration) -> Result<(), Error> {
        self.go(limit, async |client| client.batch_execute(sql).await).await
    }

    /// Behind a write that fails, the server takes COMMIT for ROLLBACK.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        self.batch_within("COMMIT", ANSWER).await.map_err(Error::while_committing)?;
        let (client, turn) = (self.client.take(), self.turn.take());
        if let Some(client) = client
            && self.written.add(self.writes)
        {
            // The commit has been answered: nobody waits for this.
            tokio::spawn(async move {
                if statistics::refresh(&client).await.is_err() {
                    drop(Object::take(client));
                }
                drop(turn);
            });
        }
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        self.waiting.clear();
        // Without an answer the connection is closed below, and that rolls back as well.
        if !self.begun || self.batch_within("ROLLBACK", ANSWER).await.is_ok() {
            self.client = None;
        }
        Ok(())
    }

    /// Sends what waits and then `last`, and answers what that answers unless one before it failed.
    async fn go<R>(
        &mut self,
        limit: Duration,
        last: impl AsyncFnOnce(&Object) -> Result<R, tokio_postgres::Error>,
    ) -> Result<R, Error> {
        let waiting = std::mem::take(&mut self.waiting);
        self.begun = true;
        let client = self.client()?;
        let all = async {
            let writes = at_once(waiting.iter().map(|write| write.send(client)));
            let (written, answer) = join(writes, last(client)).await;
            written.into_iter().try_for_each(|written| written.map(drop))?;
            answer
        };
        Ok(within(limit, all).await?)
    }

    fn client(&self) -> Result<&Object, Error> {
        self.client.as_ref().ok_or_else(Error::poisoned)
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if !self.begun {
            return;
        }
        let turn = self.turn.take();
        // Taken out of the pool until the server has answered the rollback.
        match Handle::try_current() {
            Ok(runtime) if !client.is_closed() => {
                runtime.spawn(async move {
                    if within(CONNECT, client.batch_execute("ROLLBACK")).await.is_err() {
                        drop(Object::take(client));
                    }
                    drop(turn);
                });
            }
            _ => drop(Object::take(client)),
        }
    }
}

/// A statement that waits, with its values as they go over the wire.
struct Write {
    statement: Statement,
    params: Vec<Encoded>,
}

impl Write {
    fn new(statement: Statement, params: &[Value<'_>]) -> Result<Write, Error> {
        let params = parameters(params)?.into_iter().zip(statement.params()).map(Encoded::new);
        let params = params.collect::<Result<_, _>>().map_err(|error| Error::Other(error.to_string()))?;
        Ok(Write { statement, params })
    }

    async fn send(&self, client: &Object) -> Result<u64, tokio_postgres::Error> {
        client.execute_raw(&self.statement, &self.params).await
    }
}

/// A value as it goes over the wire; none is NULL.
#[derive(Debug)]
struct Encoded(Option<BytesMut>);

type Unencodable = Box<dyn std::error::Error + Sync + Send>;

impl Encoded {
    fn new((value, of): (&(dyn ToSql + Sync), &PgType)) -> Result<Encoded, Unencodable> {
        let mut bytes = BytesMut::new();
        Ok(Encoded(match value.to_sql_checked(of, &mut bytes)? {
            IsNull::Yes => None,
            IsNull::No => Some(bytes),
        }))
    }
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &PgType, out: &mut BytesMut) -> Result<IsNull, Unencodable> {
        Ok(match &self.0 {
            None => IsNull::Yes,
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
        })
    }

    /// Encoded for the statement that it goes with.
    fn accepts(_: &PgType) -> bool {
        true
    }

    to_sql_checked!();
}
