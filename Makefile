# `make` sets everything up and runs the main job; `make test` passes the test suite. Nothing else is needed first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run setup test test-unit test-workflow fuzz bench test-slow test-slurm test-lowest test-extras check format lock clean

run: setup
	$(BIN)/snakemake --cores all

setup: $(VENV)/.complete

# The lock pins every package with its hashes; the project itself is installed beside it, from this folder.
$(VENV)/.complete: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test: test-unit test-workflow

# Two tests at once: those of the workflow wait for processes most of their time. Tests of one file share a run, so one process has them all.
test-unit: setup
	$(BIN)/python -m pytest -n 2 tests/unit

test-workflow: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/workflow

# Hundreds of damaged files and mutated configs, and five minutes of searches that must have GridSearchCV's scores; others each time.
# After them every estimator of scikit-learn. FUZZ_SEED=123 evaluates one search again, FUZZ_SECONDS=60 makes it shorter.
fuzz: setup
	$(BIN)/python -m pytest -m fuzz tests/fuzz

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/python tests/lint.py

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# Compare with other ways to do the same work: CASES names some of benchmarks/cases, RUNS repeats.
RUNS ?= 3
bench: setup
	$(BIN)/python benchmarks/bench.py --runs $(RUNS) $(CASES)

test-slow: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

# On a Slurm of its own, from Debian's packages: needs root, takes a quarter of an hour.
test-slurm: setup
	bash tests/slurm/install.sh
	$(BIN)/python -m pytest tests/slurm

# The unit tests and the default config with the lowest versions that pyproject.toml allows, in an environment of their own. The results go
# to a folder that is removed.
LOWEST := .venv-lowest
test-lowest: setup
	$(PYTHON) -m venv $(LOWEST)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --no-emit-index-url --no-header --all-extras \
	    --python $(LOWEST)/bin/python --upgrade --output-file $(LOWEST)/requirements.txt pyproject.toml
	$(BIN)/uv pip sync --quiet --python $(LOWEST)/bin/python $(LOWEST)/requirements.txt
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --no-deps --no-build-isolation --editable .
	study=$$(mktemp -d) && trap 'rm -rf "$$study"' EXIT && cp -r config "$$study" && \
	    $(LOWEST)/bin/python -m snakemake --snakefile Snakefile --directory "$$study" --cores all
	$(LOWEST)/bin/python -m pytest -n 2 -p no:cacheprovider tests/unit

# XGBoost, LightGBM, CatBoost and an estimator of skorch's kind: each searched, refitted and asked for predictions, in an environment of their own.
EXTRAS := .venv-extras
test-extras: setup
	$(PYTHON) -m venv $(EXTRAS)
	$(BIN)/uv pip sync --quiet --python $(EXTRAS)/bin/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(EXTRAS)/bin/python --requirement tests/extras/requirements.txt
	$(BIN)/uv pip install --quiet --python $(EXTRAS)/bin/python --no-deps --no-build-isolation --editable .
	$(EXTRAS)/bin/python -m pytest -p no:cacheprovider tests/extras

# The newest versions that pyproject.toml allows, for every platform and Python that it supports.
lock: setup
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    --all-extras --upgrade --quiet --output-file requirements.lock pyproject.toml

clean:
	rm -rf results logs .snakemake
