# Kaizen CRM. `make` lists the commands; `make run` and `make test` need Python 3.11 or newer, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check fix bench docs lock vendor clean

VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
VENDOR := .venv-vendor

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python '>=3.11' $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Kaizen needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11"; exit 1; }; \
	  $(PYTHON) -m venv $(VENV) || { \
	    echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }; \
	  echo "Installing into $(VENV) (once; about a minute)..." && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

run: $(READY) ## start a demo server: the rules of the seed, real-shaped deals, 30 business days in a minute
	$(BIN)/kaizen demo $(DEMO)

test: $(READY) ## run every test (set KAIZEN_TEST_SERVICES=required where PostgreSQL and MariaDB must answer)
	$(BIN)/pytest -n 2 $(TESTS)

check: $(READY) ## format, lint, types, architecture, spelling, generated files: what CI runs before the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src tests docs bench scripts examples README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md
	$(BIN)/python scripts/generate_sync.py --check
	$(BIN)/python scripts/fidelity.py --check
	$(BIN)/python scripts/sources.py --check
	$(BIN)/python scripts/generate_cli_reference.py --check
	$(BIN)/python scripts/write_operations_page.py --check
	$(BIN)/python scripts/figures.py

fix: $(READY) ## format and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python scripts/generate_sync.py
	$(BIN)/python scripts/fidelity.py
	$(BIN)/python scripts/generate_cli_reference.py
	$(BIN)/python scripts/write_operations_page.py

bench: $(READY) ## side-by-side benchmarks; ratios in one run
	$(BIN)/python -m bench

docs: $(READY) ## build the documentation into docs/_build
	$(BIN)/sphinx-build -W -n -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

vendor: $(VENDOR)/.ready ## install the official SDKs beside ours, for the conformance tests

$(VENDOR)/.ready: tests/conformance/vendor-v8.lock tests/conformance/vendor-v3.lock tests/conformance/vendor-v2.lock
	@for v in v8 v3 v2; do \
	  $(PYTHON) -m venv $(VENDOR)/$$v && \
	  $(VENDOR)/$$v/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    -r tests/conformance/vendor-$$v.lock || exit 1; \
	done
	@touch $@

lock: ## resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra server --extra postgres --extra mysql --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements.lock

clean: ## remove what the other commands made
	rm -rf $(VENV) $(VENDOR) docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
