SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Environment: stacks/Pulumi.$(ENV).yaml. Where it is not named, up, preview, down, keys and compare take local where Docker answers; all else takes lab.
export ENV IMAGE KEY ARGS FILES ALL NEW ROTATE REVOKE CERTIFICATE N PURGE

NPM_STAMP := node_modules/.package-lock.json
RUN := node --import tsx

$(NPM_STAMP): package.json package-lock.json
	@command -v npm >/dev/null || { echo "error: npm: not found on PATH" >&2; echo "  fix: install Node.js 20.19 or newer" >&2; exit 2; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: deps
deps: $(NPM_STAMP)

##@ Use the stack (ENV=local where Docker answers, else lab, unless you name another)
.PHONY: up preview down
up: deps ## Bring the environment up, and ask its models a question (REFRESH=1 puts right what drifted)
	@$(RUN) tools/main.ts up

preview: deps ## Show what would change, what it interrupts and costs, and what rules say; change nothing (FORMAT=md or json, DIFF=1)
	@$(RUN) tools/main.ts preview

down: deps ## Destroy the environment's resources, and check that nothing is left (on Docker, PURGE=1 takes volumes too)
	@$(RUN) tools/main.ts down

.PHONY: promote rollback
promote: deps ## Let TO deploy what FROM last verified: images, weights, engine versions (FROM=staging TO=prod)
	@$(RUN) tools/promote.ts promote

rollback: deps ## Let ENV deploy what it verified before
	@$(RUN) tools/promote.ts rollback

.PHONY: drift
drift: deps ## Say what somebody changed past the stack; exit code 1 if it is not what a scaler is meant to set (JSON=1)
	@$(RUN) tools/drift.ts

.PHONY: pr-up pr-down reap
pr-up: deps ## Bring the environment of pull request N up, or change it, and ask its model (N=7 FROM=pr CONTEXT=… HOURS=24)
	@$(RUN) tools/pull-request.ts up
	@ENV="pr-$$N" $(RUN) tools/main.ts up

pr-down: deps ## Destroy the environment of pull request N, and check that nothing is left
	@$(RUN) tools/pull-request.ts down

reap: deps ## Destroy every environment of a pull request whose time is over (FROM=pr)
	@$(RUN) tools/pull-request.ts reap

.PHONY: keys
keys: deps ## List the keys of the front door; NEW=app makes one, ROTATE=app changes the older, REVOKE=app.1 ends one (docs/gateway.md)
	@$(RUN) tools/keys.ts

.PHONY: compare
compare: deps ## Ask models of environments that are up the same, and put figures and answers side by side (ENV=a,b MODELS=… CONCURRENCY=4 RESTART=1)
	@$(RUN) tools/compare.ts

##@ Ask before you build
.PHONY: plan estimate lock pin
plan: deps ## Show what fits where, why, and what it costs (JSON=1 for pipelines); needs no cloud and no cluster
	@$(RUN) tools/plan.ts $(or $(ENV),lab) $(if $(JSON),--json)

estimate: deps ## Answer "would it fit?": JSON lines in, JSON lines out (docs: lib/planner/estimate.ts)
	@$(RUN) tools/estimate.ts

lock: deps ## Write revision and sha256 of the environment's weights into its model lock; asks Hugging Face and Ollama's library
	@$(RUN) tools/lock.ts

pin: deps ## Write the digests of the environment's images into its images file, and say which tags have moved (NAME=vllm IMAGE=name:tag, UPDATE=1)
	@$(RUN) tools/pin.ts

.PHONY: new-env explain schema
new-env: deps ## Write the file of a new environment (NAME=team-a FROM=kubernetes, pr, or an environment to copy; CONTEXT=…)
	@$(RUN) tools/new-env.ts

explain: deps ## Say what a setting of an environment file means: unit, default, bound, what it replaces (KEY=models.chat.contextTokens)
	@$(RUN) tools/explain.ts

schema: deps ## Write the JSON Schema of environment files, for editors, anew
	@$(RUN) tools/schema.ts

.PHONY: package
package: deps ## Build the library and pack it for npm install
	@$(RUN) tools/package.ts

.PHONY: docs
docs: deps ## Build the documentation with the reference of components and settings as a site; below .slm/docs/site
	@$(RUN) tools/docs/main.ts

.PHONY: sign
sign: deps ## Sign an image by its digest, with your cosign (IMAGE=name@sha256:… KEY=cosign.key)
	@$(RUN) tools/sign.ts

##@ The lab: a Kubernetes on this machine
.PHONY: lab-up lab-status lab-down
lab-up: deps ## Start it, building what is missing
	@$(RUN) lab/main.ts up

lab-status: deps ## Its processes, nodes, memory and logs
	@$(RUN) lab/main.ts status

lab-down: deps ## End it, leaving nothing but its logs
	@$(RUN) lab/main.ts down

##@ A Docker engine of its own on this machine, for tests
.PHONY: docker-up docker-status docker-down
docker-up: deps ## Start it beside whatever this machine runs, with images that are made here
	@$(RUN) lab/docker/main.ts up

docker-status: deps ## Its containers and logs
	@$(RUN) lab/docker/main.ts status

docker-down: deps ## End it, leaving nothing but its logs
	@$(RUN) lab/docker/main.ts down

.PHONY: doctor
doctor: deps ## Say what this machine lacks for each target, and how to mend it; exit code 2 if ENV's does not work (JSON=1)
	@$(RUN) tools/doctor.ts

##@ Work on the stack
.PHONY: check test test-long screenshots test-times test-onnx-server clean-caches mutate fix bench-ground bench-preview
CHECKS := check-unit check-types check-style check-imports check-unused
check: deps ## Format, lint, types, import direction, dead code and unit tests; needs no cluster
	@$(MAKE) --jobs=$$(nproc) --keep-going --output-sync=target $(CHECKS)

.PHONY: $(CHECKS)
check-unit:
	@npx vitest run --project 'unit*'
check-types:
	@npx tsc
check-style:
	@npx biome ci --error-on-warnings .
check-imports:
	@npx depcruise --config .dependency-cruiser.cjs --output-type err stacks components lab lib policies test tools
check-unused:
	@npx knip

test: deps ## Everything that proves a promise; FILES="test/lab/paths.test.ts ..." runs a part (docs/testing.md)
	@$(RUN) test/run/main.ts

test-long: deps ## What takes the processors for more than ten minutes: a model that is scaled under load
	@LONG=1 $(RUN) test/run/main.ts

screenshots: deps ## Draw every dashboard from a real Prometheus in a real browser; pictures below .slm/screenshots
	@FILES=test/lab/dashboards.test.ts $(RUN) test/run/main.ts

test-times: deps ## Print where the time of the last `make test` went, as Markdown
	@$(RUN) test/run/table.ts

test-onnx-server: deps ## The ONNX server with a real model that it builds once; 3 GiB of disk for torch
	@images/onnx-server/test.sh

clean-caches: deps ## Remove built versions that this checkout does not use; ALL=1: all of them
	@$(RUN) tools/build/clean.ts

mutate: deps ## List small wrong changes that no unit test notices (ROOM=lib/planner or FILES='lib/planner/**', SAMPLE=100, MIN=80)
	@$(RUN) tools/mutate/main.ts $(if $(ROOM),--room $(ROOM)) $(if $(FILES),--files '$(FILES)') $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(if $(MIN),--min $(MIN)) $(if $(WORKERS),--workers $(WORKERS)) $(if $(FRESH),--fresh)

fix: deps ## Format, and fix what the linter can fix
	@npx biome check --write .

bench-ground: deps ## Measure make up: from nothing running, with the lab up; and the lab's memory
	@$(RUN) test/bench/ground.ts

bench-preview: deps ## Measure previews against the same objects in a plain program (SIZES=1,10,100 RUNS=5)
	@$(RUN) test/bench/preview.ts

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
