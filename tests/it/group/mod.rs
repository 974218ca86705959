//! Stories about teams and projects (TEAM-1, TEAM-2).

mod deleting;
mod keeping;
mod membership;
mod pages;
