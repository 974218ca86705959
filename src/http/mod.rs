//! What both faces share: a request under way (`Call`), a row of the route table (`Route`), and the makers of answers.

pub mod answer;
pub mod call;
pub mod cookie;
pub mod flash;
pub mod mailed_link;
pub mod object;
pub mod pieces;
pub mod route;
pub mod shown;

pub use answer::{
    Answer, html, json, json_text, json_versioned, no_content, page_json, refused, see_other, to_json,
};
pub use call::{Call, ListQuery, NoFields, PAGING, Received, kept, patch_field};
pub use object::{object, object_or_null};
pub use route::{Face, Guard, Operation, Route, delete, get, patch, post, put};
