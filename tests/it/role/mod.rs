//! Stories about roles and role templates: making them, who may, and what each change does (AM-6, ACC-4, ACC-10).

mod model;
mod pages;
mod previewing;
mod reassigning;
mod roles;
mod shaping;
mod templates;
