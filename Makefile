# Kaizen CRM. `make` lists the commands; `make run` and `make test` need Python 3.11 or newer, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check fix bench fuzz docs audit lock vendor clean

VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
# What a server needs, and beside it what developers need.
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.ready-dev
VENDOR := .venv-vendor
AUDIT  := .venv-audit

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
$(TOOLS): requirements-dev.lock pyproject.toml
$(READY) $(TOOLS):
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python '>=3.11' $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r $< && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Kaizen needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11"; exit 1; }; \
	  $(PYTHON) -m venv $(VENV) || { \
	    echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }; \
	  echo "Installing into $(VENV) (once; about a minute)..." && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@ $(READY)

run: $(READY) ## start a demo server: the rules of the seed, real-shaped deals, 30 business days in a minute
	$(BIN)/kaizen demo $(DEMO)

test: $(TOOLS) ## run every test (set KAIZEN_TEST_SERVICES=required where PostgreSQL and MariaDB must answer)
	$(BIN)/pytest -n 2 $(TESTS)

check: $(TOOLS) ## format, lint, types, architecture, spelling, generated files: what CI runs before the tests
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

fix: $(TOOLS) ## format and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python scripts/generate_sync.py
	$(BIN)/python scripts/fidelity.py
	$(BIN)/python scripts/generate_cli_reference.py
	$(BIN)/python scripts/write_operations_page.py

bench: $(TOOLS) ## side-by-side benchmarks; ratios in one run
	$(BIN)/python -m bench

fuzz: $(TOOLS) ## send 100,000 wrong requests and report answers of 5xx (FUZZ='--db postgres --seed 2')
	$(BIN)/python -m bench.fuzz $(FUZZ)

docs: $(TOOLS) ## build the documentation into docs/_build
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

audit: $(AUDIT)/.ready ## look the locks up among known advisories, where an index of them can be reached
	@! test -e $(AUDIT)/.ready || $(AUDIT)/bin/python scripts/audit.py requirements.lock requirements-dev.lock

$(AUDIT)/.ready: requirements-audit.lock
	@$(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --timeout 15 --retries 1 --require-hashes -r requirements-audit.lock && touch $@ || \
	  echo "Advisories were not looked up: pip-audit cannot be installed"

RESOLVE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade
EXTRAS  := pyproject.toml --extra server --extra postgres --extra mysql

lock: ## resolve the dependencies again (needs uv)
	$(RESOLVE) $(EXTRAS) --group build -o requirements.lock
	$(RESOLVE) $(EXTRAS) --group dev -c requirements.lock -o requirements-dev.lock
	$(RESOLVE) --group audit -o requirements-audit.lock

clean: ## remove what the other commands made
	rm -rf $(VENV) $(VENDOR) $(AUDIT) docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
