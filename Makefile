# Hozen. `make` lists the targets. Needed for `make run`: Debian 12 with python3, python3-venv, make and git; no root, no apt.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Hashed wheels only; -qq: pip's remarks on a machine's own index settings are of no use here.
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r
COMPILE := $(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml
CHECKED := service tests migrations

export DOCS

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check bench year attack figures docs lock clean
.SUFFIXES:

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## Install what the service needs into .venv (hashed wheels; again only when the lock changes)

setup-dev: $(VENV)/.dev ## The same and the tools of test and check

run: setup ## The demo: database, keys, service, the walk. DOCS=folder of your own files; ARGS="--once --json"
	@HOZEN_DOCS="$$DOCS" $(VENV)/bin/hozen run $(ARGS)

test: setup-dev ## Every test (as root it first installs the Debian packages that are missing); ARGS are pytest's
	@bash .ci/packages
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: setup-dev ## Format, lint, types, floors, generated pages, quick tests (attacks, crashes and benches are in make test)
	$(PY) -m ruff format --check $(CHECKED)
	$(PY) -m ruff check $(CHECKED)
	$(PY) -m mypy service
	$(PY) -c "import sys; from importlinter.cli import lint_imports_command as c; sys.argv = ['lint-imports']; c()"
	$(PY) -m pytest -q -m "not slow" $(addprefix --ignore=tests/,attacks crash bench whole) $(ARGS)

bench: setup-dev ## Every benchmark in interleaved rounds: a table and build/bench.json; ONLY=name for one
	@bash .ci/packages
	$(PY) -m tests.bench $(ONLY)

year: setup-dev ## A generated year on a moving clock, then ten officers' queues: cost, memory, disk, the yearly table; SCALE=1 is the public size
	@bash .ci/packages
	$(PY) -m tests.year $(or $(SCALE),0.005) $(or $(DECISIONS),1200) $(SCREENED)

attack: setup-dev ## Every attack at its full number (hours): build/attack.json; ONLY=P3 for one, ARGS="--attack-seed N" to repeat
	@bash .ci/packages
	$(PY) -m pytest -q -s --full $(if $(ONLY),--only $(ONLY)) tests $(ARGS)

figures: setup-dev ## Take the figures of the last bench and attack over into docs/figures (then: make docs)
	$(PY) -c "from tests.tools.assurance import copy_figures; copy_figures()"

docs: setup-dev ## Draw docs/roads.md, selfcheck.html and assurance.md anew from the tables
	$(PY) -m tests.tools.make_docs

lock: setup-dev ## Lock the dependencies of pyproject.toml anew (needs the network)
	$(PY) -m pip install -qq --disable-pip-version-check uv
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev -o requirements-dev.lock

clean: ## Remove .venv and every cache (not the demo's data)
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find service tests migrations -name __pycache__ -prune -exec rm -rf {} +

# The project itself needs no build: one line of path, and a start script; both relative, so that a clone may be moved.
$(VENV)/.made:
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV)
	@echo ../../../.. > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/hozen.pth"
	@printf '%s\n' '#!/bin/sh' 'exec "$$(dirname "$$(readlink -f "$$0")")/python" -P -m service "$$@"' > $(VENV)/bin/hozen
	@chmod 755 $(VENV)/bin/hozen
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.lock
	@echo "Installing requirements.lock into $(VENV)"
	@$(INSTALL) requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing requirements-dev.lock into $(VENV)"
	@$(INSTALL) requirements-dev.lock
	@touch $@
