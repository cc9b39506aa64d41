# Everything a newcomer types. `make run` and `make test` do their own set-up.

PYTHON ?= python3
VENV   ?= .venv
RIG    ?= loopback
WORKERS ?= auto
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
READY_TO_TEST := $(VENV)/.ready-to-test
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock

.PHONY: help setup setup-test system-packages firmware run test lint bench fuzz lock wheel clean

help:            ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

setup: $(READY)  ## a ready .venv with the locked dependencies

setup-test: $(READY_TO_TEST)  ## the same with all that the tests and `RIG=avr` need

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "deadstop needs Python 3.11 or newer; try: make PYTHON=python3.12 setup" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "cannot make a virtual environment; on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 2; }

$(READY): pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) -e .
	@touch $@

# The AVR simulator comes as source: the system packages have to be there before it.
$(READY_TO_TEST): pyproject.toml requirements.lock | $(BIN)/python system-packages
	$(PIP) -e '.[dev]'
	@touch $(READY) $@

system-packages: | $(BIN)/python
	@firmware/system-packages $(BIN)/python

firmware: system-packages  ## build the firmware for the motor shield
	@$(MAKE) --no-print-directory -C firmware all size

run: $(if $(filter avr,$(RIG)),setup-test,setup)  ## the main job: every case of the motor, and the arm at full speed, on loopback (or RIG=avr)
	$(BIN)/deadstop run --rig $(RIG)
	$(BIN)/deadstop run --rig arm-$(RIG) --moment cruise

lint: setup-test ## ruff, mypy strict, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: firmware lint  ## build the firmware, lint, then the whole suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

bench: firmware setup-test  ## the measurements, as ratios against a named rival
	$(BIN)/python -m pytest -q -s -p no:randomly tests/benchmarks -m benchmark

fuzz: setup-test ## fuzz the firmware's sources, FUZZ_SECONDS=300 for each of two fuzzers
	@for each in stream frames; do \
	  $(BIN)/python -m tests.firmware.seeds firmware/build/host/corpus_$$each fuzz_$$each || exit 1; done
	@$(MAKE) --no-print-directory -C firmware fuzz

lock: setup-test ## write requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header pyproject.toml -o requirements.lock --upgrade

wheel: setup-test ## build dist/*.whl
	$(BIN)/python -m build --outdir dist .

clean:           ## forget everything that was built
	rm -rf $(VENV) dist build firmware/build .mypy_cache .ruff_cache .pytest_cache
