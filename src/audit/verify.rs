//! Proving that nothing was cut out of the trail, altered, or put in.

use onesql::{Db, Error};

use super::chain::{GENESIS, Head};
use super::store;
use crate::base::OrganizationId;
use crate::base::secret::SecretKey;

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The event at this place is gone.
    Missing(i64),
    /// The event at this place is not as it was written (or the one before it was exchanged).
    Altered(i64),
    /// The anchor was altered or is gone.
    Anchor,
    /// The anchor says that the chain goes to the first number; it ends at the second.
    CutShort { expected: i64, found: i64 },
    /// Events stand behind the end that the anchor names.
    Surplus(i64),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(seq) => write!(f, "event {seq} was deleted"),
            Self::Altered(seq) => write!(f, "event {seq} was altered"),
            Self::Anchor => write!(f, "the anchor of the chain (audit_heads) was altered or deleted"),
            Self::CutShort { expected, found } => {
                write!(
                    f,
                    "the last events were deleted: the chain went to event {expected} and now ends at {found}"
                )
            }
            Self::Surplus(seq) => write!(f, "event {seq} was put in behind the end of the chain"),
        }
    }
}

/// The result for one organization.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whose chain.
    pub organization: OrganizationId,
    /// How many events were read.
    pub events: i64,
    /// What is wrong; empty where the chain holds.
    pub faults: Vec<Fault>,
}

/// Reads one chain from its first event to its anchor.
pub async fn verify(db: &Db, key: &SecretKey, organization: OrganizationId) -> Result<Report, Error> {
    let mut reader = db.reader();
    let head = store::find_head(&mut reader, organization).await?;
    let mut report = Report { organization, events: 0, faults: Vec::new() };
    let anchor = match head {
        Some((head, seal)) if head.seal(key, organization) == seal => Some(head),
        _ => {
            report.faults.push(Fault::Anchor);
            None
        }
    };
    let mut at = Head { seq: 0, hash: GENESIS };
    loop {
        let records = store::chain(&mut reader, organization, at.seq, 1000).await?;
        if records.is_empty() {
            break;
        }
        for record in records {
            report.events += 1;
            // Events that came after the anchor was read belong to commands that ran meanwhile.
            let beyond = anchor.is_some_and(|a| record.seq > a.seq);
            if record.seq != at.seq + 1 {
                report.faults.extend((at.seq + 1..record.seq).take(100).map(Fault::Missing));
                // The hash before it is lost with the missing one; go on from here.
            } else if record.hash_after(key, &at.hash) != record.hash {
                report.faults.push(if beyond {
                    Fault::Surplus(record.seq)
                } else {
                    Fault::Altered(record.seq)
                });
            }
            at = Head { seq: record.seq, hash: record.hash };
            if anchor.is_some_and(|a| a.seq == at.seq && a.hash != at.hash) {
                report.faults.push(Fault::Altered(at.seq));
            }
        }
    }
    if let Some(anchor) = anchor
        && at.seq < anchor.seq
    {
        report.faults.push(Fault::CutShort { expected: anchor.seq, found: at.seq });
    }
    report.faults.dedup();
    Ok(report)
}

/// Reads every chain of the installation.
pub async fn verify_all(db: &Db, key: &SecretKey) -> Result<Vec<Report>, Error> {
    let mut reports = Vec::new();
    for organization in store::organizations(&mut db.reader()).await? {
        reports.push(verify(db, key, organization).await?);
    }
    Ok(reports)
}
