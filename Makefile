# Everything that a clone of Arenascope needs, installed on first use and kept
# outside the checkout, so that the next clone starts at once. `make` lists the
# targets; `scripts/setup` says what is installed, and where.

SHELL := /bin/bash
PORT ?= 8080
FILTER ?=

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/arenascope
export PATH := $(CACHE)/tools/bin:$(HOME)/.cargo/bin:$(PATH)
export CARGO_TARGET_DIR ?= $(CACHE)/target
# Trunk asks the network for a newer Trunk on every run; the version is pinned.
export TRUNK_SKIP_VERSION_CHECK ?= true

.DEFAULT_GOAL := help
# The models of the arena's thread protocols run on loom's atomics, which this flag
# puts in the place of the machine's. Cargo keeps such builds apart by the flag.
test-loom: export RUSTFLAGS := $(RUSTFLAGS) --cfg loom

.PHONY: help serve build extension test test-native test-loom test-miri test-browser bench bench-browser setup setup-rust setup-web setup-browsers clean

help: ## list the targets
	@echo 'Arenascope, a memory profiler that runs in a browser tab. Targets:'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

serve: setup-web ## build for release and serve on http://127.0.0.1:8080/ (PORT=n for another port)
	@scripts/port-free $(PORT)
	@echo '==> building; when it is done, open http://127.0.0.1:$(PORT)/'
	@trunk serve --port $(PORT)

build: setup-web ## build the static site into dist/ (any host that sends the headers of dist/_headers)
	@trunk build

extension: setup-web ## the browser extension, from dist/ into dist-extension/ (load it unpacked) and a zip
	@[ -f dist/index.html ] || trunk build
	@scripts/extension

test: setup-web setup-browsers ## formatting, lints, native tests, site build, browser tests
	@scripts/check

test-native: setup-rust ## native tests alone (FILTER=name for some of them)
	@cargo test --workspace $(FILTER)

test-loom: setup-rust ## every order of events of the protocols between threads, by the model checker loom
	@cargo test --profile loom --lib -p arenascope-alloc -p arenascope-arena -p arenascope-budget loom_

test-miri: setup-rust ## unit tests of what is unsafe under Miri, which finds undefined behaviour (minutes)
	@scripts/miri $(FILTER)

test-browser: setup-browsers ## browser tests alone, against dist/ (FILTER=name for one file)
	@tests/browser/run $(FILTER)

bench-browser: setup-browsers ## what recording and looking back cost in Chromium, against dist/ (FILTER=live, scrub or zoom)
	@node tests/browser/pace.mjs $(FILTER)

bench: setup-rust ## benchmarks against named peers
	@cargo bench -p arenascope -p arenascope-alloc $(FILTER)

setup: setup-web setup-browsers ## install all tools, and nothing else

setup-rust setup-web setup-browsers:
	@scripts/setup $(@:setup-%=%)

clean: ## remove dist/ and what tests wrote; tools and build caches stay
	@rm -rf dist tests/browser/out
