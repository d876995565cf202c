# `make demo` and `make test` are all a newcomer needs; both build their own environment from hash-locked requirements.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

export NO_ALBUMENTATIONS_UPDATE = 1

.PHONY: demo test check audit-dependencies bench fuzz sbom soak pictures lock clean

demo: $(VENV)/cpu.stamp
	$(BIN)/inspect-eval demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench

fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.fuzz --seconds 60

audit-dependencies: $(VENV)/dev.stamp
	$(BIN)/python -m tests.dependencies --write

sbom: $(VENV)/dev.stamp
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements deploy/requirements/cpu.txt --pyproject pyproject.toml -o build/sbom.json

soak: $(VENV)/dev.stamp
	$(BIN)/python -m tests.soak

pictures: $(VENV)/cpu.stamp
	$(BIN)/python -m tests.perturb.make_page

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/cpu.stamp: deploy/requirements/cpu.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r deploy/requirements/cpu.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: deploy/requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r deploy/requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/cpu.stamp

# Needs uv on the path. Universal: the same lock serves every supported Python and machine.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
DEV  := $(foreach extra,cpu openvino rtx convert probe serve alerts pdf,--extra $(extra))
FULL := $(foreach extra,cpu convert probe serve alerts pdf parquet,--extra $(extra))
lock:
	$(LOCK) pyproject.toml --extra cpu deploy/requirements/build.in -o deploy/requirements/cpu.txt
	for extra in openvino rtx cuda; do \
	  $(LOCK) pyproject.toml --extra $$extra deploy/requirements/build.in -o deploy/requirements/$$extra.txt || exit 1; \
	done
	$(LOCK) pyproject.toml $(FULL) deploy/requirements/build.in -o deploy/requirements/full.txt
	$(LOCK) pyproject.toml $(DEV) --group test --group check deploy/requirements/build.in -o deploy/requirements/dev.txt
	$(LOCK) tests/bench/rivals.in --override tests/bench/rivals.override -c deploy/requirements/dev.txt -o tests/bench/rivals.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
