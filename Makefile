# Sets everything up by itself: only Python 3.10 or later with venv and pip is needed.
# Works with GNU make 3.81 and later. Another Python: make test PYTHON=python3.12

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: help demo run test torture soak lint bench accuracy lock clean influxd chromium FORCE

PY := .venv/bin/python
# Many tests wait for something: two files at a time. Tests of one file share what they start. A few
# count each poll of a busy program, and have the machine to themselves.
BESIDE := -n 2 --dist loadfile --no-loadscope-reorder
# The exit code of pytest where ARGS leaves no test over.
NOTHING := 5
PIP := $(PY) -m pip --disable-pip-version-check --no-input
VERSION_OF = $(shell $(1) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

# A Python that is named has to be the environment's; otherwise what is there is kept.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 \
	&& echo $$name && break; done)
WANTED := $(or $(call VERSION_OF,$(PY)),$(call VERSION_OF,$(PYTHON)))
else
WANTED := $(call VERSION_OF,$(PYTHON))
endif

# Scripts of an environment name its folder: a moved or copied checkout gets a new one.
MADE_FOR := $(WANTED) in $(CURDIR)
ifneq ($(shell cat .venv/made-for 2>/dev/null),$(MADE_FOR))
.venv/made-for: FORCE
endif

help: ## this list
	@echo "make TARGET [PYTHON=python3.12] [ARGS=...]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/runtime ## simulated sockets, 60 days filled, then live (ARGS="--days 7 --duration 60")
	@$(PY) main.py demo $(ARGS)

run: .venv/runtime ## the datalogger with files/config.json and files/devices.json
	@$(PY) main.py $(ARGS)

test: .venv/dev influxd chromium ## all tests (ARGS="-k energy")
	$(PY) -m pytest -m alone $(ARGS) || test $$? -eq $(NOTHING)
	$(PY) -m pytest -m "not alone" $(BESIDE) $(ARGS) || test $$? -eq $(NOTHING)

torture: .venv/dev influxd ## faults injected into real processes, half an hour (ARGS="--only reload")
	$(PY) -m tests.faults $(ARGS)

soak: .venv/dev influxd ## 200 sockets with faults at both ends for 20 minutes (ARGS="--minutes 60")
	$(PY) -m tests.faults.soak $(ARGS)

lint: .venv/dev ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict

bench: .venv/runtime ## figures against the own simulator
	$(PY) -m bench $(ARGS)

accuracy: .venv/runtime ## energy against known truth, method by method (ARGS="--only fridge")
	$(PY) -m bench.accuracy $(ARGS)

lock: ## both lock files again (ARGS=--upgrade for newer versions)
	sh .ci/lock "$(PYTHON)" $(ARGS)

clean: ## the environment, caches, demo and bench folders; never files/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-files bench-files
	find main.py source tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

.venv/made-for:
	@sh .ci/venv "$(PYTHON)"
	@echo "$(MADE_FOR)" > $@

.venv/runtime: requirements.lock .venv/made-for
	$(PIP) install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/made-for
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

influxd:
	@sh .ci/influxd

chromium:
	@sh .ci/chromium

FORCE:
