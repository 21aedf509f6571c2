# Everything a newcomer needs. `make demo` and `make test` set themselves up: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --quiet --disable-pip-version-check

.PHONY: demo demo-reset test lint setup bench mutants pictures lock clean

demo: $(VENV)/.run ## play the demo company in the browser
	@$(PY) -m bot demo

demo-reset: $(VENV)/.run ## forget what was played: fresh demo company
	@$(PY) -m bot demo --reset

test: $(VENV)/.test ## the whole test-suite, on SQLite and on PostgreSQL, with a worker for each processor, and one more
	@$(PY) -m pytest --numprocesses logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder

lint: $(VENV)/.test ## style and types, code and tests
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

setup: $(VENV)/.test ## prepare .venv, tests included

bench: $(VENV)/.test ## figures as ratios against a named baseline
	@$(PY) -m benchmarks

mutants: $(VENV)/.test ## do the tests of the rules notice when a rule is broken? a seeded sample, on a copy
	@$(PY) scripts/mutants.py

pictures: $(VENV)/.test ## README pictures, from the running product
	@$(PY) scripts/pictures.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "waihu needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)

# One stamp per lock file: a changed lock reinstalls, an unchanged one costs nothing.
$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	@echo "Setting up .venv (once, about a minute) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@echo "Adding what the tests need ..."
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

lock: ## refresh the hashed lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q requirements/run.in -o requirements/run.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q requirements/test.in -c requirements/run.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache
