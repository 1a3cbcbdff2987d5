# Two commands do all the set-up: `make demo` and `make test`. What they run stands in the README.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test test-latest lint bench sample clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed
	PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --dist loadfile

# The tests with the newest Alembic and SQLAlchemy, beyond the bounds in pyproject.toml.
test-latest: pyproject.toml
	$(PYTHON) -m venv .venv-latest
	.venv-latest/bin/python -m pip install --quiet --editable '.[dev]'
	.venv-latest/bin/python -m pip install --quiet --upgrade --pre alembic sqlalchemy
	.venv-latest/bin/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

# Regenerate alembic/ from services/, after a change of what cdcmig writes.
sample: $(VENV)/.installed
	rm -rf alembic/changesets alembic/versions alembic/checksums.txt
	$(BIN)/cdcmig revision -m 'initial import'
	$(BIN)/cdcmig server stop

clean:
	rm -rf $(VENV) .venv-latest .cdcmig
