# Everything a newcomer types. `make run` and `make test` do their own set-up.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: help setup run test lint bench lock wheel clean

help:            ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(STAMP)  ## a ready .venv with the locked dependencies

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "deadstop needs Python 3.11 or newer; try: make PYTHON=python3.12 setup" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "cannot make a virtual environment; on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

run: setup       ## the main job: every case on the loopback rig
	$(BIN)/deadstop run --rig loopback

lint: setup      ## ruff, mypy strict, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint       ## lint, then the whole suite
	$(BIN)/python -m pytest

bench: setup     ## the measurements, as ratios against a named rival
	$(BIN)/python -m pytest -q -s -p no:randomly tests/benchmarks -m benchmark

lock: setup      ## write requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header pyproject.toml -o requirements.lock --upgrade

wheel: setup     ## build dist/*.whl
	$(BIN)/python -m build --outdir dist .

clean:           ## forget everything that was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
