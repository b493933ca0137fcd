# Everything a person does from a terminal. Needs Python 3.11 or newer, and make; any make will do.

PYTHON ?= python3
PORT ?= 8501
ARGS ?= --help

VENV = .venv
PY = $(VENV)/bin/python
INSTALLED = $(VENV)/installed
TEST_INSTALLED = $(VENV)/tests-installed
DEMO_DATABASE = var/demo.sqlite3
# Python compiles what it imports; to compile everything first takes as long as all the rest.
PIP_INSTALL = $(PY) -m pip install --disable-pip-version-check --quiet --require-hashes --no-compile
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# What was stopped half-way looks whole to whoever comes next: a package without its RECORD, which is written last, and
# an environment without a whole pip.
SITE = $(VENV)/lib/python*/site-packages
HAS_PIP = $(PY) -c 'import importlib.metadata as of, sys; sys.exit(not of.files("pip"))' 2>/dev/null
FORGET_HALVES = for half in $(SITE)/*.dist-info; do [ ! -d "$$half" ] || [ -f "$$half/RECORD" ] || rm -rf "$$half"; done; \
	rm -rf $(SITE)/~*
MAKE_WHOLE = { $(HAS_PIP) || $(PYTHON) -m venv --clear $(VENV); } && $(FORGET_HALVES)

.PHONY: help demo run db test lint types tests bench audit lock screenshots

help: ## say what each command does
	@sed -n 's/^\([a-z]*\):.*## /\1 - /p' Makefile

demo: $(INSTALLED) ## serve fictional cases at http://localhost:8501 (PORT= to change)
	@$(MAKE) -s $(DEMO_DATABASE)
	@echo
	@echo "Demonstration with fictional cases: http://localhost:$(PORT)"
	@echo "Sign in as lead, lead2, volunteer or observer, each with the password learn-not-blame"
	@echo
	@DATABASE_URL=sqlite:///$(DEMO_DATABASE) SAFEGUARDING_LEAD=lead $(PY) -m dashboard --port $(PORT)

run: $(INSTALLED) ## serve DATABASE_URL, or var/casework.sqlite3 when it is not set
	@$(PY) -m dashboard --port $(PORT)

# ARGS is read as a shell would: make db ARGS='add-volunteer --name "Ann Example" ...'
db: $(INSTALLED) ## run a command on the record: make db ARGS="verify-audit" (without ARGS: lists them)
	@$(PY) -m db $(ARGS)

test: $(TEST_INSTALLED) ## install what the tests need, then lint, check types, audit and test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check --quiet .
	@$(MAKE) -s -j types tests

types:
	$(PY) -m mypy

# Some machines forbid Python to keep what it compiles, and each of the hundreds of processes would begin from nothing.
tests:
	$(PY) -m tests.audit
	PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n 3

bench: $(TEST_INSTALLED) ## measure every page against the floor page, into docs/benchmark.md
	$(PY) -m tests.bench

screenshots: $(TEST_INSTALLED) ## draw docs/screenshots from demonstration data
	$(PY) -m tests.browser.screenshots

audit: $(TEST_INSTALLED) ## look the pinned versions up among known vulnerabilities (make test does it too)
	$(PY) -m tests.audit

lock: ## write both requirements files anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --group test -o tests/requirements.txt

# It depends on nothing: one that exists is kept, with what was tried out in it.
# Built beside its place and moved there when whole, so that a build that was stopped leaves nothing.
$(DEMO_DATABASE):
	@echo "Building the demonstration database ..."
	@mkdir -p var
	@rm -f $@.new $@.new-wal $@.new-shm $@-wal $@-shm
	@DATABASE_URL=sqlite:///$@.new $(PY) -m db demo --cases 300 --seed 1
	@if [ -f $@.new-wal ]; then mv $@.new-wal $@-wal; fi
	@rm -f $@.new-shm
	@mv $@.new $@

# A stamp newer than its lock means that this lock is installed.
$(INSTALLED): requirements.txt $(PY)
	@echo "Installing what the dashboard needs (a minute or two, once) ..."
	@$(MAKE_WHOLE)
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(TEST_INSTALLED): tests/requirements.txt $(PY)
	@echo "Installing what the tests need (a minute or two, once) ..."
	@$(MAKE_WHOLE)
	@$(PIP_INSTALL) -r tests/requirements.txt
	@touch $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "The dashboard needs Python 3.11 or newer, and $(PYTHON) is not. Try: make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make a virtual environment. On Debian: apt-get install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }
