# Every target calls a tool or a script; `make` alone lists them.
PYTHON ?= python3
ARGS ?=
WORKERS ?= 3
export FEED UNTIL SUMMARY DAY ROLES SERVICE SERVICES PROVIDER
bin := .venv/bin
setup = $(PYTHON) -I deploy/local/setup.py
resolve = $(bin)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"
compile = $(resolve) shared/pyproject.toml --extra service
.DEFAULT_GOAL := help
.PHONY: help setup run clean test test-faults test-fhir test-pdf test-generators test-readers test-keycloak test-images check check-deploy test-api-server test-cluster deploy-trial fmt generate schemas freeze lock bench new-service beside docs dashboards pictures

##@ Run
help: ## Show what there is
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv with what a run needs (once; other targets do it themselves)
	@$(setup) local

run: setup ## Run everything here: PostgreSQL, Kafka, the services and a simulated clinic (SERVICES=referral,care_plan: only these; SERVICE=care_plan: again on save; PROVIDER=keycloak: sign in there)
	@$(bin)/python -m deploy.local

clean: ## Forget this checkout's local data
	rm -rf .carebus

##@ Develop
test: ## Run the tests (ARGS="-k visits" picks some)
	@$(setup) dev
	@$(bin)/pytest -n $(WORKERS) --dist worksteal -m "not faults and not deploy and not images and not cluster and not keycloak and not fhir and not pdf" $(ARGS)

check: ## Check formatting, lint, types, who may import whom, and prove the protocols
	@$(setup) dev
	$(bin)/ruff format --check . && $(bin)/ruff check .
	$(bin)/mypy .
	$(bin)/lint-imports
	$(bin)/python -m docs.sample_run --check
	$(bin)/python -m carebus protocols check
	$(bin)/python -m carebus schemas --check --released tests/contracts/released
	$(bin)/python -m docs.generate --check
	$(bin)/python -m deploy.observability --check
	$(bin)/python -m deploy.kubernetes topics --check
	$(bin)/python -m deploy.kubernetes observed --check

check-deploy: ## Check charts, manifests, policies and drift (fetches Helm and schemas once)
	@$(setup) dev
	@$(bin)/python -m deploy.kubernetes check

test-generators: ## Let other teams' tools read the contract: AsyncAPI's parser and models (fetches them once; node, javac)
	@$(setup) dev
	@$(bin)/python -m tests.contracts.generators
	@$(bin)/pytest -q tests/contracts/test_generators.py

test-readers: ## Read the stream with other teams' tools: kafkajs, Java, kcat, DuckDB and more (fetches them once)
	@$(setup) dev
	@$(bin)/python -m tests.readers
	@$(bin)/pytest -q tests/readers

test-fhir: ## Hold all FHIR that goes out against HAPI's validator of R4 (fetches it once; Java)
	@$(setup) dev
	@$(bin)/pytest -q -m fhir $(ARGS) tests/referral/fhir tests/care_plan/fhir tests/wishes

test-pdf: ## Hold all PDF that goes out against veraPDF's PDF/UA-1 (fetches it once; Java)
	@$(setup) dev
	@$(bin)/pytest -q -m pdf $(ARGS) tests/care_plan/documents

test-keycloak: ## Sign in at a real Keycloak, and out again (fetches and builds it once, two minutes)
	@$(setup) dev
	@$(bin)/python -m deploy.local.keycloak fetch
	@$(bin)/pytest -q -m keycloak $(ARGS) tests/carebus/web/sign_in tests/deploy/local

test-images: ## Build the images and run them with everything taken away (root, buildah, podman)
	@$(setup) dev
	@PYTEST_ADDOPTS="$(ARGS)" $(bin)/python -m deploy.kubernetes images

test-api-server: ## Try charts on a real API server with nodes that are not there (builds it once: KUBERNETES=build)
	@$(setup) dev
	@$(bin)/python -m deploy.kubernetes api-server

test-cluster: ## Try all services from the chart in real pods (root, containerd, buildah; builds the rest once: KUBERNETES=build)
	@$(setup) dev
	@$(bin)/python -m deploy.kubernetes cluster

deploy-trial: ## Try Carebus in your current cluster, NOT for production: REGISTRY=... TAG=dev
	@$(setup) dev
	@$(bin)/python -m deploy.kubernetes trial --registry "$(REGISTRY)" --tag "$(or $(TAG),dev)"

docs: ## Write the reference pages from the code
	@$(setup) dev
	@$(bin)/python -m docs.generate

dashboards: ## Write the dashboards, alert rules and objectives from the code
	@$(setup) dev
	@$(bin)/python -m deploy.observability

pictures: ## Take the pictures of the documentation from a `make run` that is up
	@$(setup) dev
	@$(bin)/python -m docs.pictures

fmt: ## Format, and fix what can be fixed safely
	@$(setup) dev
	$(bin)/ruff format . && $(bin)/ruff check --fix .

generate: ## Write everything that is made from the code: examples, schemas, reference, dashboards, topics, manifests
	@$(setup) dev
	$(bin)/python -m docs.sample_run
	$(bin)/python -m carebus schemas
	$(bin)/python -m docs.generate
	$(bin)/python -m deploy.observability
	$(bin)/python -m deploy.kubernetes topics
	$(bin)/python -m deploy.kubernetes observed

schemas: ## Write the JSON Schemas and the AsyncAPI document of all events
	@$(setup) dev
	@$(bin)/python -m carebus schemas

freeze: ## Keep the contracts of the present version for ever: later releases are held against them
	@$(setup) dev
	@$(bin)/python -m tests.contracts.release

test-faults: ## Kill servers and processes for minutes and look for anything lost or done twice
	@$(setup) dev
	@$(bin)/pytest -m faults $(ARGS)

bench: ## Measure this machine: Carebus, the floor and the peers in one run
	@$(setup) dev
	@$(bin)/python -m bench.peers
	@$(bin)/python -m bench $(ARGS)

new-service: ## Make a service from the template: NAME=bereavement HEARS="ReferralAccepted VisitCompleted"
	@$(setup) new-service
	@$(bin)/python -m deploy.new_service "$(NAME)" "$(HEARS)"

beside: setup ## Run one more service beside `make run`: NAME=bereavement
	@$(bin)/python -m deploy.beside "$(NAME)"

lock: ## Choose the newest versions of everything and lock them with their hashes
	@$(setup) dev
	$(compile) deploy/locks/dev.in -o deploy/locks/dev.txt
	$(compile) -c deploy/locks/dev.txt deploy/locks/local.in -o deploy/locks/local.txt
	$(compile) -c deploy/locks/dev.txt -o deploy/locks/service.txt
	$(resolve) deploy/locks/new-service.in -c deploy/locks/dev.txt -o deploy/locks/new-service.txt
	$(resolve) deploy/locks/peers.in -o deploy/locks/peers.txt
	$(bin)/python -m deploy.local.jars lock
	$(bin)/python -m deploy.local.keycloak lock
