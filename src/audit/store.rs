//! Every SQL statement about audit events but the lists'.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::chain::{Head, Record};
use super::{Actor, Event};
use crate::base::client::Client;
use crate::base::secret::SecretKey;
use crate::base::{EventId, OrganizationId, Randomness, Timestamp};

const BEGIN: &str = "INSERT INTO audit_heads (organization_id, seq, hash, seal) VALUES ($1, $2, $3, $4)
  ON CONFLICT (organization_id) DO NOTHING";
const FIND_HEAD: &str = "SELECT seq, hash, seal FROM audit_heads WHERE organization_id = $1";
const SAVE_HEAD: &str = "INSERT INTO audit_heads (organization_id, seq, hash, seal) VALUES ($1, $2, $3, $4)
  ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal";
const INSERT: &str =
    "INSERT INTO audit_events (organization_id, seq, id, at, actor_type, actor_id, actor_name, action,
    target_type, target_id, target_name, changes, outcome, ip, user_agent, request_id, hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const CHAIN: &str = "SELECT organization_id, seq, id, at, actor_type, actor_id, actor_name, action,
    target_type, target_id, target_name, changes, outcome, ip, user_agent, request_id, hash
  FROM audit_events WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
// One whose whole chain was deleted must be missed, so the organizations themselves count.
const ORGANIZATIONS: &str = "SELECT organization_id FROM audit_events
  UNION SELECT organization_id FROM audit_heads UNION SELECT id FROM organizations UNION SELECT $1 ORDER BY 1";
/// Every statement of this file, for the test that prepares each on both engines.
pub const STATEMENTS: &[&str] = &[BEGIN, FIND_HEAD, SAVE_HEAD, INSERT, CHAIN, ORGANIZATIONS];

impl FromRow for Record {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organization: row.get(0)?,
            seq: row.get(1)?,
            id: row.get(2)?,
            at: row.get(3)?,
            actor_type: row.get(4)?,
            actor_id: row.get(5)?,
            actor_name: row.get(6)?,
            action: row.get(7)?,
            target_type: row.get(8)?,
            target_id: row.get(9)?,
            target_name: row.get(10)?,
            changes: row.get(11)?,
            outcome: row.get(12)?,
            ip: row.get(13)?,
            user_agent: row.get(14)?,
            request_id: row.get(15)?,
            hash: row.get(16)?,
        })
    }
}

/// Where and when events are written, and with what.
pub struct Pen<'a> {
    /// The installation's key.
    pub key: &'a SecretKey,
    /// For the events' ids.
    pub random: &'a Randomness,
    /// The instant of the command.
    pub now: Timestamp,
    /// From where it came.
    pub client: &'a Client,
    /// Who asked.
    pub actor: &'a Actor,
}

/// Begins the chain of a new organization, or of the installation, with a sealed anchor. Every chain has one from its first
/// transaction on, so that a chain that was deleted whole can't pass for one that never was.
pub async fn begin(tx: &mut Tx, key: &SecretKey, organization: OrganizationId) -> Result<(), Error> {
    let (head, seal) = (Head::EMPTY, Head::EMPTY.seal(key, organization));
    tx.send(BEGIN, params![organization, head.seq, head.hash, seal]).await
}

/// What stands in the place of a seal behind an anchor that did not hold: no key makes it, so that what was cut or altered
/// stays found, whatever is appended later.
const BROKEN_SEAL: [u8; 32] = [0; 32];

/// Appends events to an organization's chain. The caller holds the organization's lock, so that nobody else appends.
pub async fn append(
    tx: &mut Tx,
    organization: OrganizationId,
    pen: &Pen<'_>,
    events: &[Event],
) -> Result<(), Error> {
    let found = find_head(tx, organization).await?;
    let holds = found.is_some_and(|(head, seal)| head.seal(pen.key, organization) == seal);
    let mut head = found.map_or(Head::EMPTY, |(head, _)| head);
    for event in events {
        let mut record = Record {
            organization,
            seq: head.seq + 1,
            id: EventId(pen.random.uuid(pen.now)),
            at: pen.now,
            actor_type: pen.actor.kind.to_owned(),
            actor_id: pen.actor.id.clone(),
            actor_name: pen.actor.name.clone(),
            action: event.action.as_str().to_owned(),
            target_type: event.target.kind.to_owned(),
            target_id: event.target.id.clone(),
            target_name: event.target.name.clone(),
            changes: serde_json::to_string(&event.changes).unwrap_or_default(),
            outcome: if event.refused { "refused" } else { "done" }.to_owned(),
            ip: pen.client.ip.to_string(),
            user_agent: pen.client.user_agent.clone(),
            request_id: pen.client.request_id.clone(),
            hash: [0; 32],
        };
        record.hash = record.hash_after(pen.key, &head.hash);
        insert(tx, &record).await?;
        head = Head { seq: record.seq, hash: record.hash };
    }
    let seal = if holds { head.seal(pen.key, organization) } else { BROKEN_SEAL };
    tx.send(SAVE_HEAD, params![organization, head.seq, head.hash, seal]).await?;
    if !holds {
        tracing::error!(%organization, "the anchor of this audit trail does not hold: run `roster audit verify`");
    }
    Ok(())
}

async fn insert(tx: &mut Tx, r: &Record) -> Result<(), Error> {
    let values = params![
        r.organization,
        r.seq,
        r.id,
        r.at,
        r.actor_type,
        r.actor_id,
        r.actor_name,
        r.action,
        r.target_type,
        r.target_id,
        r.target_name,
        r.changes,
        r.outcome,
        r.ip,
        r.user_agent,
        r.request_id,
        r.hash
    ];
    tx.send(INSERT, values).await
}

/// The head of a chain with its seal.
pub async fn find_head(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<Option<(Head, [u8; 32])>, Error> {
    let row: Option<(i64, [u8; 32], [u8; 32])> = q.optional(FIND_HEAD, params![organization]).await?;
    Ok(row.map(|(seq, hash, seal)| (Head { seq, hash }, seal)))
}

/// Up to `limit` events of a chain after the place `after`, in their order.
pub async fn chain(
    q: &mut impl Query,
    organization: OrganizationId,
    after: i64,
    limit: i64,
) -> Result<Vec<Record>, Error> {
    q.all(CHAIN, params![organization, after, limit]).await
}

/// The installation, every organization, and whatever has a chain or a head.
pub async fn organizations(q: &mut impl Query) -> Result<Vec<OrganizationId>, Error> {
    let rows: Vec<(OrganizationId,)> = q.all(ORGANIZATIONS, params![OrganizationId::INSTALLATION]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
