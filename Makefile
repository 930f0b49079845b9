# The same commands as README.md and .ci/run, for people with make.
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: setup run test check docs bench format

$(BIN)/keruen: pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(BIN)/keruen  ## a virtual environment with everything that developers use

run: setup  ## the built-in model, from announcements to a plan
	$(BIN)/keruen run

test: setup  ## every test, docstring example and tutorial
	$(BIN)/pytest -n 2

check: setup  ## formatting, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup  ## the documentation site, in site/
	$(BIN)/mkdocs build --strict --quiet

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
