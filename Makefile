# `make` lists the targets. Everything runs in .venv, which `make setup` builds from requirements.lock.

SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := .venv/bin
STAMP := .venv/.setup-done
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help setup demo test coverage lint types imports docs check format features pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-zA-Z%-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## build .venv from the locked dependencies (instant when nothing changed)

$(STAMP): scripts/setup.sh requirements.lock requirements-bootstrap.lock pyproject.toml
	@scripts/setup.sh
	@touch $@

demo: setup ## from events to explained leads: a real data set, then a simulated company, whose list sales then sees
	$(BIN)/pqlml demo completejourney
	$(BIN)/pqlml demo saas

test: setup ## all tests
	$(BIN)/pytest -n 2

coverage: setup ## all tests once more, watching which lines they run: takes half as long again
	$(BIN)/pytest -n 2 --cov --cov-report=term

lint: setup ## style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup ## the strict type checker
	$(BIN)/mypy

imports: setup ## the contracts between the layers
	$(BIN)/lint-imports --no-logo

docs: setup ## the documentation, to docs/_build/html
	$(BIN)/sphinx-build -q -W -n --keep-going docs docs/_build/html

check: lint types imports docs test ## everything that a change must pass

format: setup ## put code into its format and fix what can be fixed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

features: setup ## write docs/features.md anew: every kind of feature, and what a definition gives by itself
	$(BIN)/python docs/make_features.py

pictures: setup ## take the pictures in docs/images anew; needs Chromium
	$(BIN)/python docs/make_pictures.py

benchmark-%: setup ## run benchmarks/NAME.py, e.g. make benchmark-demos
	$(BIN)/python benchmarks/$*.py

lock: setup ## resolve the dependencies of pyproject.toml anew
	$(LOCK) --all-extras --group dev pyproject.toml --output-file requirements.lock
	echo uv | $(LOCK) - --output-file requirements-bootstrap.lock

clean: ## remove .venv, caches and built documentation; leaves data and workspaces alone
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf docs/_build docs/api/generated
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
