# One command each; `make` lists them.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501
SEED ?= 1
# Tests that need neither tables nor programs.
PURE := tests/test_layers.py tests/pipelines/test_verdicts.py tests/pipelines/verdicts pipelines/verdicts \
	tests/pipelines/test_declarations.py tests/dashboard/charts tests/dashboard/test_words.py

.DEFAULT_GOAL := help
.PHONY: help run build status check test test-services lint format accept bench bench-brazil bench-peers load torture territories pins test-spark

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Preparing .venv (once)…"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/run ## prepare, build what changed, start the dashboard and print its address
	@$(BIN)/python -m pipelines build --if-needed
# Pages are for everybody: a store that does not answer keeps nobody from reading.
	-@$(BIN)/python -m programme status
	@echo "Farol Municipal: http://127.0.0.1:$(PORT)"
	@$(BIN)/python -m streamlit run app.py --server.port $(PORT)

build: .venv/run ## build data/processed from data/raw
	@$(BIN)/python -m pipelines build

status: .venv/run ## edition, periods, rows, rejections and age of each source
	@$(BIN)/python -m pipelines status

lint: .venv/dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy app.py dashboard pipelines pages programme tests

format: .venv/dev ## write the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: .venv/dev lint ## the fast lane: style, types, layers, pure tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PURE)

test: .venv/dev lint ## everything: style, types, unit, pipelines, pages, layers, browser
	$(BIN)/python -m tests.programs
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/e2e
# Browsers by themselves: their servers share the folder of published files.
	$(BIN)/python -m pytest tests/e2e

test-services: .venv/dev ## the store on a real PostgreSQL, the deployment behind a real nginx, both on loopback
	$(BIN)/python -m tests.services

# An environment of its own, half a gigabyte: nothing of it is needed to build or to show.
.venv-spark/dev: requirements-spark.txt requirements-dev.txt
	@$(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt -r requirements-dev.txt
	@touch $@

test-spark: .venv-spark/dev ## counts from 5 million records on DuckDB and on a Spark of its own, every value compared
	.venv-spark/bin/python -m tests.spark

territories: .venv/dev ## build every state and the country from the same raw files, and check each
	$(BIN)/python -m pytest -n 2 -m territories tests/figures/test_territories.py

torture: .venv/dev ## kinds of bad input by the thousand, seeded; ten minutes at most
	$(BIN)/python -m tests.torture --seconds 600 --seed $(SEED)

accept: .venv/run ## accept the coverage of the present build as the expected one
	@$(BIN)/python -m pipelines build --if-needed
	@$(BIN)/python -m pipelines coverage > tests/pipelines/coverage.csv

bench: .venv/dev ## ratios of speed, all measured in one run
	$(BIN)/python -m tests.programs
	$(BIN)/python -m bench

bench-brazil: .venv/dev ## the same of the whole country and of a drawn national set; minutes
	$(BIN)/python -m bench.brazil

.venv-peers/done: requirements-peers.txt
	@echo "Preparing .venv-peers (once)…"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-peers.txt
	@touch $@

bench-peers: .venv/dev .venv-peers/done ## five questions, here and on Apache Superset, in one run
	$(BIN)/python -m tests.programs
	$(BIN)/python -m bench.peers

load: .venv/dev ## many people at once over the real websocket, behind the proxy: six minutes
	$(BIN)/python -m bench.load --seed $(SEED)

pins: ## write the requirements from the pins of pyproject.toml (needs uv)
	@for extra in "" dev spark; do \
	  name=requirements$${extra:+-$$extra}.txt; \
	  { echo '# Made from pyproject.toml by "make pins": change the pins there.'; \
	    uv pip compile pyproject.toml $${extra:+--extra $$extra} --universal --python-version 3.11 \
	      --no-header --no-annotate --no-emit-index-url --quiet; } > $$name; \
	done
	@{ echo '# Made from pyproject.toml by "make pins": change the pins there.'; \
	  uv pip compile --group peers --universal --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --quiet; } > requirements-peers.txt
