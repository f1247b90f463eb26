# resilience.drs: `make demo` shows the collection at work, `make test` proves it. Both set themselves up on first use.
# Needs python3 (3.11 to 3.13), git and make. PYTHON=/path/to/python3.12 chooses another interpreter.

PY := .venv/bin/python
SHELL := /bin/sh

# Every playbook is a process: what it imports is compiled once and kept, wherever the surroundings forbid that.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.build/bytecode

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo journey test unit simulator integration sanity lint changelog docs bench chaos \
  certify molecule release site format clean

help:
	@echo 'make demo         a drill, a disaster and the failback over six simulated accounts, told as a story'
	@echo 'make journey      the whole way of a server: agent, extension, drill, failover, failback, protected again; judged by the ledger'
	@echo 'make test         everything below except bench, with a summary of times'
	@echo '  make unit         the library and the rules of the house'
	@echo '  make simulator    the simulated AWS, against plain boto3'
	@echo '  make integration  playbooks as processes, judged by what the simulator recorded'
	@echo '  (the two cheapest scenarios of make molecule)'
	@echo '  make sanity       ansible-test sanity'
	@echo '  make lint         ruff, mypy, and ansible-lint with the production profile'
	@echo '  make changelog    antsibull-changelog lint'
	@echo '  make docs         antsibull-docs lint of the collection documentation'
	@echo 'make bench        measurements; never part of the tests'
	@echo 'make chaos        every fault and broken guard, controllers and playbooks killed at every edge of a run; never part of the tests'
	@echo 'make molecule     a scenario for each role that acts: converge, idempotence, fault, verify; ONLY="recovery terminate" for a part'
	@echo 'make certify      the built tarball by the rules of certification, on each ansible-core; ONLY="tarball 2.21" for a part'
	@echo 'make release      the changelog: make release HERE=1; and the tarball: make release REPOSITORY=https://...'
	@echo 'make site         the documentation as a site that can be searched, in .build/site/html'
	@echo 'make format       let ruff rewrite the Python files'
	@echo 'make setup        only create .venv and .build'
	@echo 'make clean        remove .venv, .build and every cache'

# The first interpreter that runs and is new enough; a pyenv shim without a version exists but does not run.
setup:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then \
	    exec "$$python" tools/setup.py $(if $(PYTHON),--exact-python); \
	  fi; \
	done; \
	echo 'make: no usable Python. resilience.drs needs Python 3.11, 3.12 or 3.13; tried: $(or $(PYTHON),python3 python3.13 python3.12 python3.11).' >&2; \
	echo '      Install one, or name it: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.11' >&2; \
	exit 1

demo: setup
	@$(PY) tools/demo.py

journey: setup
	@$(PY) tools/journey.py

test: setup
	@$(PY) tools/check.py

unit simulator integration sanity lint changelog docs: setup
	@$(PY) tools/check.py $@

bench chaos: setup
	@$(PY) tools/check.py $@

certify: setup
	@$(PY) tools/certify.py $(ONLY)

molecule: setup
	@$(PY) tools/molecule.py $(ONLY)

release: setup
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) tools/release.py $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(HERE),--here)

site: setup
	@$(PY) tools/docs_site.py

format: setup
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

clean:
	rm -rf .venv .build .pytest_cache .hypothesis .ruff_cache .mypy_cache .ansible tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
