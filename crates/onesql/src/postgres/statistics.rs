//! Statistics that keep up while empty tables fill.
//!
//! A prepared statement keeps the plan that it got when its tables were small, until they are analyzed: then every row of an import
//! reads them from end to end. Autovacuum looks once a minute, and a file of thousands of rows has come and gone by then. So
//! whoever has written much asks which small tables have doubled since, and has those analyzed; all connections plan anew.

use super::{ANSWER, Failure, within};
use deadpool_postgres::Object;
use std::sync::atomic::{AtomicU64, Ordering};

/// After how many writes is looked again.
const WRITES: u64 = 1_000;

/// Sizes and not the counts of rows that are collected elsewhere, because sizes are true at once. A table beyond 1,000 pages
/// that has doubled is no other table for a plan, and autovacuum has the time.
const DOUBLED: &str = "SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relpages < 1000
       AND pg_relation_size(oid) > 2 * greatest(relpages, 4) * current_setting('block_size')::bigint";

/// Counts what all transactions of a pool have written.
#[derive(Default)]
pub(super) struct Written(AtomicU64);

impl Written {
    /// Adds what a transaction wrote, and says whether it has to look.
    pub(super) fn add(&self, writes: u64) -> bool {
        let before = self.0.fetch_add(writes, Ordering::Relaxed);
        before / WRITES != (before + writes) / WRITES
    }
}

/// Analyzes the tables that have doubled. What another process analyzes just now is left to it.
pub(super) async fn refresh(client: &Object) -> Result<(), Failure> {
    let row = within(ANSWER, client.query_one(DOUBLED, &[])).await?;
    match row.try_get(0).map_err(Failure::Database)? {
        Some(tables) => {
            let tables: &str = tables;
            within(ANSWER, client.batch_execute(&format!("ANALYZE (SKIP_LOCKED) {tables}"))).await
        }
        None => Ok(()),
    }
}
