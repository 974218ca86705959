//! PostgreSQL: a pool of connections, each with its prepared statements.

mod statistics;
mod tx;

pub(crate) use tx::Tx;

use crate::reader::Kind;
use crate::row::{Engine, ValueRef};
use crate::{Error, FromRow, Options, Row, Type, Value, in_place};
use bytes::BytesMut;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, QueueMode, RecyclingMethod, Runtime,
};
use statistics::Written;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type as PgType, to_sql_checked};
use tokio_postgres::{Config, NoTls, Statement};
use uuid::Uuid;

/// Released with the transaction. Schemas do not wait for each other.
pub(crate) const LOCK_SCHEMA: &str = "SET LOCAL statement_timeout = 0;
     SELECT pg_advisory_xact_lock(hashtext('onesql'), hashtext(current_schema()))";

const CONNECTIONS: usize = 16;
/// For a free or a new connection.
const CONNECT: Duration = Duration::from_secs(5);
/// The server gives up on a statement after ten seconds; a server that does not even say so is gone.
const SETTINGS: &str = "-c statement_timeout=10s -c idle_in_transaction_session_timeout=60s";
const ANSWER: Duration = Duration::from_secs(15);
/// A migration, and the wait for another process's.
const LONG_ANSWER: Duration = Duration::from_secs(3_600);
/// Rows of a long read that are fetched at a time.
const PORTION: i32 = 500;

/// One plan for all values. It is made without knowing them and serves the shortest list and the longest, so it goes by indexes alone.
const FIXED: &str =
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_sort=off -c jit=off";

pub(crate) struct Postgres {
    pool: Pool,
    /// For what is asked most: a quarter of all, whose connections plan a statement once.
    fixed: Pool,
    /// Who may have a transaction. They wait for each other's locks, and hold a connection while they do: so they get half of the
    /// connections, and whoever only reads never waits for a lock.
    turns: Arc<Semaphore>,
    written: Arc<Written>,
}

impl Postgres {
    /// Without TLS: the server is on this machine or behind a tunnel.
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Postgres, Error> {
        let connections = options.postgres_connections.unwrap_or(CONNECTIONS).max(1);
        let quarter = (connections / 4).max(1);
        let db = Postgres {
            pool: pool(url, SETTINGS, (connections - quarter).max(1))?,
            fixed: pool(url, &format!("{SETTINGS} {FIXED}"), quarter)?,
            turns: Arc::new(Semaphore::new(connections.div_ceil(2))),
            written: Arc::default(),
        };
        // A wrong address or password shows at once.
        db.client().await.map(drop)?;
        Ok(db)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
        self.fixed.close();
    }

    async fn client(&self) -> Result<Object, Error> {
        Ok(self.pool.get().await?)
    }

    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let turn = tokio::time::timeout(CONNECT, self.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok);
        let turn = turn.ok_or_else(|| Error::Unavailable("too many transactions wait".into()))?;
        Tx::begin(self.client().await?, turn, self.written.clone()).await
    }

    /// What a statement answers. Where the values decide it is planned for them alone: a prepared statement may get one plan for all
    /// values, which knows neither how many rows are asked for nor how many there are to choose from: of a long list it sorts
    /// everything to answer a page.
    pub(crate) async fn rows(
        &self,
        kind: Kind,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let client = match kind {
            Kind::Fixed => self.fixed.get().await?,
            _ => self.client().await?,
        };
        let result = match kind {
            Kind::Short | Kind::Fixed => rows(&client, sql, params).await,
            Kind::Planned | Kind::Search | Kind::Long => planned(&client, sql, params).await,
        };
        keep(client, &result);
        result
    }

    /// Fetches a portion at a time, so that neither side holds everything and no portion takes long.
    pub(crate) async fn read_in_portions<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut client = self.client().await?;
        let result =
            portions(&mut client, sql, params, |rows| in_place(|| each_row(&rows, &mut visit))).await;
        keep(client, &result);
        result
    }

    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), Error> {
        let client = self.client().await?;
        match within(ANSWER, client.prepare(sql)).await {
            Ok(_) => Ok(()),
            // Types that only the values tell: `$1 IS NULL OR x = $1`.
            Err(Failure::Database(error)) if error.code().is_some_and(undetermined) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(crate) async fn explain(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<String>, Error> {
        let mut tx = self.begin().await?;
        tx.batch_within("SET LOCAL enable_seqscan = off", ANSWER).await?;
        let mut lines = Vec::new();
        let sql = format!("EXPLAIN {sql}");
        tx.query(&sql, params, |(line,): (String,)| {
            lines.push(line);
            Ok(())
        })
        .await?;
        tx.rollback().await?;
        Ok(lines)
    }
}

/// A pool of up to so many connections with these settings, and those of the address.
fn pool(url: &str, settings: &str, connections: usize) -> Result<Pool, Error> {
    let mut config: Config =
        url.parse().map_err(|error| Error::Other(format!("database address: {error}")))?;
    let settings = config.get_options().map_or(settings.into(), |own| format!("{settings} {own}"));
    config.options(settings).connect_timeout(CONNECT).tcp_user_timeout(ANSWER);
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        // The connection that was used last has its plans and pages at hand.
        .queue_mode(QueueMode::Lifo)
        .max_size(connections)
        .wait_timeout(Some(CONNECT))
        .create_timeout(Some(CONNECT))
        .recycle_timeout(Some(CONNECT))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::Other(error.to_string()))
}

enum Failure {
    Database(tokio_postgres::Error),
    Silence,
}

/// Awaits an answer of the server, but not for ever.
async fn within<R>(
    limit: Duration,
    answer: impl Future<Output = Result<R, tokio_postgres::Error>>,
) -> Result<R, Failure> {
    match tokio::time::timeout(limit, answer).await {
        Ok(result) => result.map_err(Failure::Database),
        Err(_) => Err(Failure::Silence),
    }
}

/// Prepares once for each connection, text and types.
async fn prepared(client: &Object, sql: &str, params: &[Value<'_>]) -> Result<Statement, Error> {
    let types: Vec<PgType> = params.iter().map(|value| pg_type(value.type_of())).collect();
    Ok(within(ANSWER, client.prepare_typed_cached(sql, &types)).await?)
}

async fn rows(client: &Object, sql: &str, params: &[Value<'_>]) -> Result<Vec<tokio_postgres::Row>, Error> {
    let statement = prepared(client, sql, params).await?;
    Ok(within(ANSWER, client.query(&statement, &parameters(params)?)).await?)
}

async fn planned(
    client: &Object,
    sql: &str,
    params: &[Value<'_>],
) -> Result<Vec<tokio_postgres::Row>, Error> {
    let typed: Vec<_> =
        parameters(params)?.into_iter().zip(params.iter().map(|value| pg_type(value.type_of()))).collect();
    Ok(within(ANSWER, client.query_typed(sql, &typed)).await?)
}

async fn portions(
    client: &mut Object,
    sql: &str,
    params: &[Value<'_>],
    mut visit: impl FnMut(Vec<tokio_postgres::Row>) -> Result<(), Error>,
) -> Result<(), Error> {
    let statement = prepared(client, sql, params).await?;
    // Rolled back when dropped, and ahead of whatever the connection is asked next.
    let snapshot = within(ANSWER, client.build_transaction().read_only(true).start()).await?;
    let portal = within(ANSWER, snapshot.bind(&statement, &parameters(params)?)).await?;
    loop {
        let portion = within(ANSWER, snapshot.query_portal(&portal, PORTION)).await?;
        let last = portion.len() < PORTION as usize;
        visit(portion)?;
        if last {
            break;
        }
    }
    drop(portal);
    Ok(within(ANSWER, snapshot.rollback()).await?)
}

pub(crate) fn each_row<T: FromRow>(
    rows: &[tokio_postgres::Row],
    mut visit: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    rows.iter().try_for_each(|row| visit(T::from_row(&Row(Engine::Postgres(row)))?))
}

/// A connection that failed, or whose plans are older than the schema, does not go back to the pool.
fn keep<R>(client: Object, result: &Result<R, Error>) {
    match result {
        Err(Error::Unavailable(_) | Error::Other(_)) => drop(Object::take(client)),
        _ => drop(client),
    }
}

fn undetermined(code: &SqlState) -> bool {
    [SqlState::INDETERMINATE_DATATYPE, SqlState::AMBIGUOUS_PARAMETER].contains(code)
}

fn pg_type(of: Type) -> PgType {
    match of {
        Type::Bool => PgType::BOOL,
        Type::Int => PgType::INT8,
        Type::Text => PgType::TEXT,
        Type::Bytes => PgType::BYTEA,
        Type::Uuid => PgType::UUID,
    }
}

fn parameters<'a>(params: &'a [Value<'_>]) -> Result<Vec<&'a (dyn ToSql + Sync)>, Error> {
    params.iter().map(|value| value.check().map(|()| value as &(dyn ToSql + Sync))).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        of: &PgType,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null(_) => Ok(IsNull::Yes),
            Value::Bool(is) => is.to_sql(of, out),
            Value::Int(number) => number.to_sql(of, out),
            Value::Text(text) => text.to_sql(of, out),
            Value::Bytes(bytes) => bytes.to_sql(of, out),
            Value::Uuid(id) => id.to_sql(of, out),
        }
    }

    /// The statement was prepared with the types of the values.
    fn accepts(_: &PgType) -> bool {
        true
    }

    to_sql_checked!();
}

pub(crate) fn column(row: &tokio_postgres::Row, index: usize) -> Result<ValueRef<'_>, Error> {
    row.try_get(index).map(|Column(value)| value).map_err(|_| {
        let found = row.columns().get(index).map_or("no such column", |column| column.type_().name());
        Error::unexpected("a bool, bigint, text, bytea or uuid", found)
    })
}

struct Column<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(of: &PgType, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Column(match *of {
            PgType::BOOL => ValueRef::Bool(bool::from_sql(of, raw)?),
            PgType::INT2 => ValueRef::Int(i64::from(i16::from_sql(of, raw)?)),
            PgType::INT4 => ValueRef::Int(i64::from(i32::from_sql(of, raw)?)),
            PgType::INT8 => ValueRef::Int(i64::from_sql(of, raw)?),
            PgType::BYTEA => ValueRef::Bytes(raw),
            PgType::UUID => ValueRef::Uuid(Uuid::from_sql(of, raw)?),
            _ => ValueRef::Text(std::str::from_utf8(raw)?),
        }))
    }

    fn from_sql_null(_: &PgType) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Column(ValueRef::Null))
    }

    fn accepts(of: &PgType) -> bool {
        [
            PgType::BOOL,
            PgType::INT2,
            PgType::INT4,
            PgType::INT8,
            PgType::BYTEA,
            PgType::UUID,
            PgType::TEXT,
            PgType::VARCHAR,
            PgType::NAME,
        ]
        .contains(of)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Silence => Error::Unavailable("the server does not answer".into()),
            Failure::Database(error) => error.into(),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Error {
        let Some(database) = error.as_db_error() else {
            return Error::Unavailable(error.to_string());
        };
        let what = || database.constraint().unwrap_or_else(|| database.message()).to_owned();
        match database.code().code() {
            "23505" => Error::Unique(what()),
            "23503" | "23001" => Error::ForeignKey(what()),
            "23514" | "23502" => Error::Check(what()),
            "40001" | "40P01" | "55P03" => Error::Busy,
            "53100" => Error::Full,
            // A statement that ran too long, and a server that shuts down, starts or is full.
            "57014" | "57P01" | "57P02" | "57P03" | "53300" => {
                Error::Unavailable(database.message().to_owned())
            }
            code if code.starts_with("08") => Error::Unavailable(database.message().to_owned()),
            code => Error::Other(format!("{code} {}", database.message())),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Error {
        match error {
            PoolError::Backend(error) => error.into(),
            other => Error::Unavailable(other.to_string()),
        }
    }
}
