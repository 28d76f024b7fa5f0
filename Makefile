# Openbell. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PORT ?= 8000
export VAR ?= $(CURDIR)/var
export FEED ?=
export SPEED ?= 1

.PHONY: help run test test-debian13 check bench clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 24

run: .make/runtime ## Run the platform on 127.0.0.1:$PORT (FEED=replay:PATH, SPEED=, PORT=, VAR=)
	@exec $(BIN)/python manage.py run

test: .make/development .make/browser ## Run the whole test suite, browser tests included
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not e2e and not browser"
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "e2e or browser"

test-debian13: .make/development ## Run the unit tests on Debian 13 and Python 3.13, in a tree made by debootstrap
	@.ci/test_debian13.sh

check: .make/development ## ruff, mypy strict, import-linter, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: .make/development ## Measure orders, quotes, bars, decoding and fan-out
	$(BIN)/python bench/quote_path.py
	$(BIN)/python bench/order_path.py
	$(BIN)/python -m bench.bars_path
	$(BIN)/python bench/decode_path.py
	$(BIN)/python bench/fan_out.py

clean: ## Remove the virtual environment and caches; the data folder stays
	rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- Set-up: once, and again when the pins change ------------------------------------------------
.venv/bin/python:
	@$(PYTHON) .ci/supported.py || { [ $$? != 127 ] || echo "Openbell needs Python 3.11, 3.12 or 3.13, and there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; } # half of one would pass for the whole
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true

# uv installs the same pins several times faster; plain pip does where uv cannot be had or fails.
define install
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r $(1) 2>/dev/null \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1)
	@mkdir -p .make && touch $@
endef

.make/runtime: requirements.txt | .venv/bin/python
	@echo "Installing what Openbell needs (once)"
	$(call install,requirements.txt)

.make/development: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what the tests need (once)"
	$(call install,requirements-dev.txt)
	@touch .make/runtime

.make/browser:
	@mkdir -p .make
	@if command -v chromium >/dev/null; then touch $@; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && echo "Installing Debian's Chromium for the browser tests (once)" \
	  && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libatomic1 fonts-dejavu-core >/dev/null; \
	then touch $@; \
	else echo "*** NO CHROMIUM HERE: THE BROWSER TESTS ARE SKIPPED ***"; fi
