mod areas;
mod permission_sets;
mod preset_errors;
