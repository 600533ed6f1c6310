# Every target does its own set-up in .venv and frontend-stub/; what is up to date is left alone.
# Variables: HOST and PORT for serve; ARGS for test and bench (make test ARGS="-k sqlite"); PYTHON to make .venv with.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8080
TEST_PROCESSES ?= 2
ENGINE ?= docker
ARGS ?=

# The hundreds of servers and commands that tests start would each compile all of us anew
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
FRONTEND := frontend-stub
PEERS := tests/peers
BENCH_PEERS := bench/peers
FRONTEND_SOURCES := schema.graphql $(shell find $(FRONTEND) \( -name node_modules -o -name dist -o -name generated \) -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install frontend serve demo test heavy lint coverage check format bench bench-graphql bench-dashboard pictures drills locks generated image image-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: .venv/installed ## Install the service: .venv/bin/gatehouse

frontend: $(FRONTEND)/dist/built ## Build the pages of frontend-stub/

serve: install frontend ## Serve on http://127.0.0.1:8080 (HOST, PORT) with SQLite and a demo tenant
	@exec $(BIN)/gatehouse serve --demo --host $(HOST) --port $(PORT)

demo: install frontend ## A demo tenant, provisioned by a simulated Entra ID, to look at (PORT)
	@exec $(BIN)/gatehouse demo --port $(PORT)

test: .venv/installed-dev .venv/installed-peers $(FRONTEND)/dist/built ## Run all tests, on SQLite and PostgreSQL (ARGS="-k sqlite": a part of them)
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal -m "not heavy" $(ARGS)

heavy: .venv/installed-dev .venv/installed-peers $(FRONTEND)/dist/built ## Run the tests that take long: drills, outages, crowds, backups
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal -m heavy --durations=20 $(ARGS)

lint: .venv/installed-dev $(FRONTEND)/dist/checked ## Check format, lint, types and rings, of the pages too
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

coverage: .venv/installed-dev ## Check that the unit tests of the pure rings reach every branch of them
	@$(BIN)/python -m pytest -qq -p no:randomly -m "not (heavy or seeded or hypothesis)" tests/scim tests/mapping \
		--cov=gatehouse.scim --cov=gatehouse.mapping --cov-fail-under=100

check: lint coverage test ## Check everything as CI does: lint, coverage, then test (schema drift, licences, locks, docs, cases)

format: .venv/installed-dev $(FRONTEND)/node_modules/installed ## Format, and mend what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	cd $(FRONTEND) && npm run --silent format

bench: .venv/installed-dev ## Measure the service beside bench/baselines (ARGS for its options)
	$(BIN)/python bench/run.py $(ARGS)

bench-graphql: .venv/installed-dev $(BENCH_PEERS)/node_modules/installed ## Measure the admin API beside other GraphQL servers
	PYTHONPATH=. $(BIN)/python bench/graphql_peers.py $(ARGS)

bench-dashboard: .venv/installed-dev $(FRONTEND)/dist/built ## Measure the dashboard in Chromium with 50,000 users behind it
	PYTHONPATH=. $(BIN)/python bench/dashboard.py $(ARGS)

pictures: .venv/installed-dev $(FRONTEND)/dist/built ## Take the pictures of the dashboard in docs/pictures/ anew
	PYTHONPATH=. $(BIN)/python -m tests.dashboard.pictures

drills: .venv/installed-dev ## Kill, freeze and fail over what serves a load, and see that nothing is lost (ARGS=patroni: some)
	@$(BIN)/python -m drills $(ARGS)

locks: $(BIN)/uv ## Pin all dependencies anew (ARGS=--upgrade: newest versions of Python's)
	$(LOCK) pyproject.toml $(ARGS) -o requirements/run.txt
	$(LOCK) pyproject.toml --extra tracing -c requirements/run.txt $(ARGS) -o requirements/image.txt
	$(LOCK) --group build -c requirements/run.txt $(ARGS) -o requirements/build.txt
	$(LOCK) pyproject.toml --extra tracing --group dev -c requirements/run.txt -c requirements/build.txt $(ARGS) -o requirements/dev.txt
	$(LOCK) --group clairvoyance $(ARGS) -o requirements/clairvoyance.txt
	cd $(FRONTEND) && npm run --silent lock
	cd $(PEERS) && npm run --silent lock
	cd $(BENCH_PEERS) && npm run --silent lock

generated: install ## Rewrite what is printed from code: schema.graphql, docs/settings.md, docs/graphql-reference.md, gatehouse.client
	$(BIN)/gatehouse schema > schema.graphql.new && mv schema.graphql.new schema.graphql
	$(BIN)/python tests/house/settings_table.py > docs/settings.md.new && mv docs/settings.md.new docs/settings.md
	$(BIN)/python tests/house/client_code.py
	$(BIN)/python -m tests.house.graphql_reference > docs/graphql-reference.md.new && mv docs/graphql-reference.md.new docs/graphql-reference.md

image: ## Build the container image gatehouse (ENGINE=podman: with another engine than docker)
	$(ENGINE) build --file docker/Dockerfile --build-arg REVISION=$(shell git rev-parse HEAD 2>/dev/null) --tag gatehouse:$(VERSION) .

image-test: ## Build the image and provision 50 people into it; needs root on Debian 12, no container engine
	@docker/image-test.sh

# The build backend is pinned with the rest, so installing the project itself downloads nothing. Locks are whole: nothing is
# resolved (pip would look for `coverage[toml]` beside the pinned `coverage`), and `pip check` says if something is missing.

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Gatehouse needs Python 3.11 or later: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Installing the service into .venv"
	@$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt
	@echo "Installing the developer's tools into .venv"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip --disable-pip-version-check check > /dev/null
	@touch $@

.venv/installed-peers: .venv/created requirements/clairvoyance.txt $(PEERS)/package.json $(PEERS)/package-lock.json
	@echo "Installing other people's test suites"
	@$(PYTHON) -m venv .venv/clairvoyance
	@.venv/clairvoyance/bin/python -m pip --disable-pip-version-check install -qq --no-deps --require-hashes -r requirements/clairvoyance.txt
	@cd $(PEERS) && npm ci --silent --no-audit --no-fund
	@touch $@

# Only when it is missing: until the locks are made anew, what is installed need not suit pyproject.toml
$(BIN)/uv:
	@$(MAKE) .venv/installed-dev

$(BENCH_PEERS)/node_modules/installed: $(BENCH_PEERS)/package.json $(BENCH_PEERS)/package-lock.json
	@cd $(BENCH_PEERS) && npm ci --silent --no-audit --no-fund
	@touch $@

$(FRONTEND)/node_modules/installed: $(FRONTEND)/package.json $(FRONTEND)/package-lock.json
	@node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' && npm --version > /dev/null || { echo "The pages need Node.js 20 or later, with npm" >&2; exit 1; }
	@echo "Installing what the pages need"
	@cd $(FRONTEND) && npm ci --silent --no-audit --no-fund
	@touch $@

$(FRONTEND)/dist/built: $(FRONTEND)/node_modules/installed $(FRONTEND_SOURCES)
	@echo "Building the pages"
	@cd $(FRONTEND) && npm run --silent build
	@touch $@

$(FRONTEND)/dist/checked: $(FRONTEND)/node_modules/installed $(FRONTEND_SOURCES)
	@echo "Checking the pages"
	@cd $(FRONTEND) && npm run --silent check
	@mkdir -p $(@D)
	@touch $@
