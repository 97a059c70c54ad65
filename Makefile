# Everything a person types. `make` alone explains; each target sets up what it needs first.
# Assumed on the machine: Python 3.11, Java 17 or newer, Maven.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := $(shell for p in python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
CODE := $(wildcard streams schemas adapters deploy tests)
DOCS_TESTS := $(wildcard tests/docs)
# Processes that run the tests side by side; one broker serves them all. JOBS=0 runs them in one.
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest

.PHONY: help
help:  ## say what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 16

.PHONY: setup
setup: $(READY)  ## build .venv from the lock, hashes checked (the other targets do it by themselves)

$(READY): requirements-dev.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "gradebook-sync needs Python 3.11, and there is none on PATH." \
		"Install it (Debian 12: apt-get install python3.11 python3.11-venv)." >&2; exit 1; }
	@echo "setting up .venv (once; about a minute)"
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv || { rm -rf .venv; \
		echo "Python could not make a virtual environment. Install venv (Debian 12: apt-get install python3.11-venv)." >&2; \
		exit 1; }
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: $(READY)  ## sample gradebooks arrive in five simulated SIS: watch it
	@$(BIN)/python -m deploy.local.demo

.PHONY: up
up: $(READY)  ## start the same stack and leave it running
	@$(BIN)/python -m deploy.local.stack up

.PHONY: down
down: $(READY)  ## stop what `make up` started
	@$(BIN)/python -m deploy.local.stack down

.PHONY: check
check: $(READY)  ## lint, format, types, import rules, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CODE)
	@$(PYTEST) -q tests/unit/test_import_rules.py $(DOCS_TESTS)

.PHONY: test
test: $(READY)  ## every test but the fault lab, on a real broker (ARGS="-k calendar" narrows)
	@$(PYTEST) -n $(JOBS) --dist loadfile -m "not faults" $(ARGS)

.PHONY: faults
faults: $(READY)  ## kill and stall processes at random, then count what was lost
	@$(PYTEST) -m faults tests/faults $(ARGS)

.PHONY: bench
bench: $(READY)  ## measure throughput and latency; one JSON object per line
	@$(BIN)/python -m tests.bench $(ARGS)

# The lock is made with uv, in a folder of its own: nobody else needs it.
UV := .run/lock/bin/uv
LOCK := $(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: lock
lock:  ## write both lock files anew from pyproject.toml (existing pins stay unless they must move)
	@[ -x $(UV) ] || { "$(PYTHON)" -m venv .run/lock && .run/lock/bin/python -m pip install --quiet uv==0.13.9; }
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean:  ## stop the local broker, remove .run and every cache (.venv stays)
	@if [ -x $(BIN)/python ] && [ -d .run ]; then \
		$(BIN)/python -m deploy.local.stack down || true; $(BIN)/python -m deploy.kafka.broker down; fi
	@rm -rf .run .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	@find streams schemas adapters deploy tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
