# The portal's commands. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test lint setup bench messages
PYTHON_IN_ENVIRONMENT := .venv/bin/python

help: ## List the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: ## Start the portal here: http://127.0.0.1:8000 (HOST, PORT, PAR_INDEX_DATA_DIR)
	@scripts/setup.sh run
	@$(PYTHON_IN_ENVIRONMENT) scripts/run.py

test: ## Run all tests on a private PostgreSQL, Redis and Chromium, then on SQLite (ARGS="tests/core -k jobs")
	@scripts/setup.sh test
	@$(PYTHON_IN_ENVIRONMENT) scripts/suite.py $(ARGS)

lint: ## Check code, templates, imports between rooms, migrations and catalogues
	@scripts/setup.sh test
	@scripts/lint.sh

setup: ## Install everything that the other commands need
	@scripts/setup.sh test

bench: ## Measure the figures of the README (ARGS="import ranking" chooses)
	@scripts/setup.sh test
	@$(PYTHON_IN_ENVIRONMENT) scripts/bench.py $(ARGS)

messages: ## Add new texts to the catalogues, drop unused ones, compile
	@scripts/setup.sh run
	@$(PYTHON_IN_ENVIRONMENT) scripts/messages.py sync
	@$(PYTHON_IN_ENVIRONMENT) scripts/messages.py compile
