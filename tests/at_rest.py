"""What lies on the disk of a company: the bytes a thief of the disk would read."""

from __future__ import annotations

from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

# Every table, index and overflow of the company, dead rows included. Only a superuser may read files.
FILES = """
SELECT c.relname, pg_read_binary_file(pg_relation_filepath(c.oid))
FROM pg_class c WHERE c.relkind IN ('r', 'i', 't') AND (c.relnamespace = current_schema()::regnamespace OR c.oid IN
  (SELECT reltoastrelid FROM pg_class WHERE relnamespace = current_schema()::regnamespace))
"""


def at_rest(url: str) -> dict[str, bytes]:
    """Every file of the database at an address by its name, whether it is open or not."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        place = Path(str(address.database))
        return {path.name: path.read_bytes() for path in place.parent.glob(f"{place.name}*")}
    with psycopg.connect(
        address.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as conn:
        conn.execute("CHECKPOINT")  # until then what was written is in memory
        return {name: bytes(content) for name, content in conn.execute(FILES).fetchall()}
