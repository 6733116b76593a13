# make run      everything on this machine; Ctrl-C stops it
# make test     the whole suite; make test ARGS="tests/regimens -x" a part of it
# make check    style, types, import rules, missing migrations, deployment checks
# `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check audit bench fmt lock clean
.NOTPARALLEL:

# The first of these that is 3.11 or newer; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS ?=

help:
	@sed -n 's/^## //p' Makefile

## make setup    make .venv with what the system needs (pinned and hashed)
setup:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3" >&2; exit 1; }
	@$(PYTHON) scripts/make_venv.py requirements.txt

setup-dev: setup
	@$(PYTHON) scripts/make_venv.py requirements.txt requirements-dev.txt

## make run      start everything on http://127.0.0.1:8000/ ; PORT=8001 HOST=0.0.0.0 choose another address
run: setup
	@exec $(BIN)/python -m protocoltracker.supervise

## make test     the whole suite, with its own PostgreSQL and a real browser; ARGS="tests/regimens -x" for a part
test: setup-dev
	@scripts/need_chromium
	$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=loadfile $(ARGS)

## make check    style, types, import rules, missing migrations, deployment checks
check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/check_django

## make audit    whether a pinned package has a known weakness; asks pypi.org, so it is not part of make check
audit: setup-dev
	$(BIN)/uv tool run --isolated $(AUDITOR) --disable-pip --require-hashes --strict --progress-spinner=off \
		--requirement=requirements.txt --requirement=requirements-dev.txt $(ARGS)
AUDITOR := pip-audit==2.9.0

## make bench    how fast the pages and the plan are, at 1 and at 1,000 patients
bench: setup-dev
	$(BIN)/python -m tests.bench $(ARGS)

## make fmt      format the code
fmt: setup-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

## make lock     pin the newest allowed versions in requirements*.txt
lock: setup-dev
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK) requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK) requirements-dev.in -o requirements-dev.txt
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

## make clean    remove .venv and what tools left; the data in var/ stay
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
