//! One SQL text over SQLite and PostgreSQL.
