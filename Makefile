# The two commands of the README are the first two.
PYTHON ?= python3
BIN := .venv/bin
SERVE ?= 1
ERP ?=
JOBS ?= 2
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1
export OMP_THREAD_LIMIT = 1

.PHONY: demo test check setup train calibrate evaluate bench format clean

demo: setup ## the sample hospital from e-mail to decision, then the desk on http://127.0.0.1:8080 (ERP=tryton: beside a real ERP)
	$(BIN)/python -m fixtures demo --serve $(SERVE) --erp "$(ERP)"

test: .venv/dev ## the whole suite
	.ci/system test
	@if command -v npm >/dev/null 2>&1; then npm ci --silent --no-audit --no-fund; else echo "npm is not here: the accessibility checks are skipped"; fi
	$(BIN)/python -m pytest -q

check: .venv/dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: .venv/base ## .venv with the base install
	.ci/system run

.venv/base: pyproject.toml requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable .
	touch .venv/base

.venv/dev: .venv/base
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --group dev
	touch .venv/dev

train: .venv/dev ## rebuild the models from data
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable '.[train]'
	$(BIN)/python -m models train

calibrate: .venv/dev ## fit the confidences over the models that are here, and what error rates they vouch for
	$(BIN)/python -m models calibrate

evaluate: .venv/dev ## score the models: docs/accuracy.md
	$(BIN)/python -m models evaluate

bench: .venv/dev ## the benchmark table; SHARED=DIR: a folder with bench/ documents
	$(BIN)/python -m tests.benchmarks $(SHARED)

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf var build dist .pytest_cache .mypy_cache .ruff_cache
