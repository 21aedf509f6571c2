"""Alembic's entry: runs on the connection it is given (`core.store.migrate`)."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=context.config.attributes.get("metadata"), render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
