# Everything a newcomer types. Each target first sees to the virtual environment;
# only make and Python 3.11, 3.12 or 3.13 (with its own venv and pip) must be there.

PYTHON ?= python3
TEST_JOBS ?= 2
TEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: help .venv demo stories test soak check docs bench servers lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo     one day in two buildings, then its audit'
	@echo 'make stories  the stories of the domain, each played and audited'
	@echo 'make test     every test but the soak, with its own servers'
	@echo 'make soak     the slow tests'
	@echo 'make check    ruff, mypy --strict, import and house rules'
	@echo 'make docs     the pages, in docs/_build/html'
	@echo 'make bench    every benchmark'
	@echo 'make servers  PostgreSQL and Valkey until Ctrl-C; prints their addresses'
	@echo 'make lock     resolve requirements.lock again'
	@echo 'make clean    remove everything that make has made'

.venv: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit("Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is %d.%d. Say for example: make PYTHON=python3.13 …" % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	$(BIN)/dispatch demo

stories: $(STAMP)
	$(BIN)/python examples/stories.py

test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses $(TEST_JOBS) --dist worksteal $(TEST_ARGS)

soak: $(STAMP)
	$(BIN)/python -m pytest -m slow --hypothesis-profile soak $(TEST_ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/python -m pytest --quiet tests/test_imports.py tests/test_house.py

docs: $(STAMP)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html

bench: $(STAMP)
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

servers: $(STAMP)
	$(BIN)/python -m tests.servers

# Universal: one file for Linux and macOS, Python 3.11 to 3.13. No index address in it.
lock: $(STAMP)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) docs/_build build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
