"""How long a callback can be answered, in host seconds: these belong to connections, not to the company's day."""

from __future__ import annotations

EVENT = 5.0
MESSAGE = 24 * 3600.0
STREAM = 6 * 60.0
"""From the first frame of a stream to its last."""
SILENCE = 90.0
"""Without any frame, after which a connection counts as dead: three missed heartbeats."""
FILE = 300.0
"""In which a file somebody sent can be fetched."""
