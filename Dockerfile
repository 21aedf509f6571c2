# The bot in a container: docs/operations.md, "Containers". The same two steps as `make setup` without the tests.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /opt/waihu
RUN python -m venv .venv
COPY requirements/run.in requirements/run.txt requirements/
RUN .venv/bin/python -m pip install --require-hashes -r requirements/run.txt
COPY . .
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q bot core migrations sandbox

FROM python:3.12-slim
# What is kept lives under /var/lib/waihu; everything else may be read-only (/tmp excepted).
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/waihu --shell /usr/sbin/nologin waihu \
    && install -d -o waihu -g waihu -m 0700 /var/lib/waihu /var/lib/waihu/key /var/lib/waihu/backups
COPY --from=build /opt/waihu /opt/waihu
ENV PATH=/opt/waihu/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    WAIHU_KEY_FILE=/var/lib/waihu/key/waihu.key WAIHU_BACKUP_DIR=/var/lib/waihu/backups
WORKDIR /var/lib/waihu
USER waihu
# 503 while no network answers or the database is gone. It says that somebody should look: starting anew cures neither.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('WAIHU_HTTP_PORT', '8480')}/healthz\", timeout=8)"]
CMD ["waihu", "run"]
