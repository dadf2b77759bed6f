# Latido. `make help` lists what there is; a fresh clone needs only git, make, a Python >= 3.11 and the package registry.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first Python >= 3.11 that really runs; say `make PYTHON=…` for another.
PYTHON ?= $(shell for p in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
BOT := .venv-bot/bin
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_INTRA_OP_PARALLELISM_THREADS := 1
export TF_INTER_OP_PARALLELISM_THREADS := 1
export OMP_NUM_THREADS := 1
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help setup train demo test test-bot test-service lint journeys nlu-report bench

help: ## what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## both Python environments from their locks (quick when they are there)
	@[ -n "$(PYTHON)" ] || { echo "Latido needs Python 3.11 or newer: install one, or say make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) scripts/setup.py

train: setup ## the Rasa model, when its data, domain, pipeline or code changed
	@$(BIN)/python scripts/train.py

demo: train ## everything on this machine, with the phone page and a demo agenda
	@$(BIN)/latido up --demo

test: train ## every test of both environments, side by side
	@scripts/test

test-bot: train ## tests inside the Rasa environment, and Rasa's own checks
	@scripts/test-bot

test-service: train ## tests of everything else, also whole conversations over the real processes
	@$(BIN)/python -m pytest

lint: setup ## ruff, mypy and the import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

journeys: train ## docs/journeys.md from the conversation tests that are new or changed (ALL=1: from all)
	@$(BIN)/python scripts/journeys.py $(if $(ALL),--all)

bench: train ## the measurements in benchmarks/; the first also writes docs/performance.md
	@$(BIN)/python -m benchmarks

nlu-report: train ## how well residents are understood, beside Rasa's stock pipeline (hours; FOLDS=1 or NO_STOCK=1 for less)
	@PYTHONPATH=. $(BOT)/python -m benchmarks.nlu_report --stock-folds $(or $(FOLDS),5) $(if $(NO_STOCK),--no-stock)
