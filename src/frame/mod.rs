//! What stands around the pages inside an organization, filled for whoever reads: the organization, one's others, the
//! places that one may see. And how they read the time.

mod view;

pub use view::{of, reader, seats, workspace};
