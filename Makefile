# Seawall's tasks: one word each. `make` lists them.
# Needed: Python 3.11 (with venv) and make. A C compiler and the Python headers make the core ten
# times faster; without them it runs interpreted.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup build run test check accept bench docs simulate drills test-clients test-cluster \
	clean

# The first Python 3.11 on the path; PYTHON=... names another.
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 \
	&& echo "$$name" && break; done)
VENV := .venv/bin

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: need-python
need-python:
	@test -n "$(PYTHON)" || { echo "Seawall needs Python 3.11, and no python3.11 is on the path." \
	"Install it (Debian: apt install python3.11 python3.11-venv), or say make PYTHON=/its/path." >&2; \
	exit 1; }

setup: need-python ## create .venv with every dependency
	@$(PYTHON) tools/build.py setup

build: need-python ## install seawall into .venv, its core compiled
	@$(PYTHON) tools/build.py build

run: build ## start a venue with simulated outside venues and traders
	@$(VENV)/seawall up

test: build ## run every test on the compiled core, and the core's tests interpreted too
	@$(VENV)/python tools/run_tests.py

check: setup ## format, lint, types, layers, the rules of the house, documents
	@$(VENV)/python tools/check.py

accept: build ## write what the scenarios do now into their files, to be reviewed as prose
	@$(VENV)/python tools/if_there.py tests/scenarios/accept.py "scenarios to accept"

bench: build ## measure, with units, machine and commit
	@$(VENV)/seawall bench

docs: build ## generate the tables of the documents from the code
	@$(VENV)/python tools/if_there.py tools/generate_docs.py "generated documents"

# Printed as it runs; SEAWALL_SEED=n draws other worlds and other moments.
simulate: build ## run the laws on many worlds, and hundreds of kills and lost connections
	PYTHONPATH= SEAWALL_KILLS=300 SEAWALL_LAWS=many $(VENV)/python -m pytest --timeout=3600 --durations=10 \
	    tests/laws tests/journal/test_kill.py tests/node/test_engine_kills.py \
	    tests/node/test_venue_kills.py tests/node/test_resent_batches.py

drills: build ## run every drill
	@$(VENV)/python tools/if_there.py tools/run_drills.py "drills"

test-clients: build ## run existing clients against a venue
	PYTHONPATH= $(VENV)/python -m pytest -v tests/api/test_ccxt.py

test-cluster: build ## run the replicated venue's tests
	@$(VENV)/python tools/if_there.py tools/test_cluster.py "cluster tests"

clean: ## delete what was built: .venv, build, caches
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} + ; rm -rf src/*.egg-info
