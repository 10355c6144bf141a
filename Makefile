SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

NPM_STAMP := node_modules/.package-lock.json

$(NPM_STAMP): package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: deps
deps: $(NPM_STAMP)

##@ Work on the stack
.PHONY: check
check: deps ## Format, lint, types, import direction, dead code and unit tests; needs no cluster
	@npx biome ci --error-on-warnings .
	@npx tsc
	@npx depcruise --config .dependency-cruiser.cjs --log-level error stacks components policies test tools
	@npx knip
	@npx vitest run --project unit

.PHONY: fix
fix: deps ## Format, and fix what the linter can fix
	@npx biome check --write .

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
