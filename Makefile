# Everything that is needed is installed by the targets that need it; they say so.
.PHONY: demo test lint bench fuzz build prepare
SHELL := /bin/sh
CARGO := cargo
DEMO := target/demo

# One build for the program and its tests: same profile, same features, nothing compiled twice.
build: prepare
	@echo "== Building Fathom (the first time about 20 minutes on two cores, most of it DataFusion)"
	$(CARGO) build --release --workspace --lib --bins --tests

prepare:
	@command -v cargo >/dev/null 2>&1 || { echo "Rust is missing: install it (rustup, stable 1.95 or later) and call make again"; exit 1; }
	@command -v cc >/dev/null 2>&1 || { echo "== Installing a C compiler (gcc), which zstd and mimalloc are built with"; apt-get update -q && apt-get install -y -q gcc libc6-dev; }

ESTATE := examples/estate/aws examples/estate/azure examples/estate/gcp examples/estate/mirror
KNOWN := --intel examples/estate/intel/blacklist.txt --inventory examples/estate/inventory/aws-network-interfaces.json \
	--rules examples/estate/rules/larkfell.rules

demo: build
	@mkdir -p $(DEMO)
	@echo "== fathom report $(ESTATE) $(KNOWN) --html $(DEMO)/report.html"
	@target/release/fathom report $(ESTATE) $(KNOWN) --html $(DEMO)/report.html
	@echo
	@echo "The same as a page: $(DEMO)/report.html"
	@echo "Ask the next question: target/release/fathom query $(ESTATE)"

test: build
	$(CARGO) test --release --workspace

lint: prepare
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets
	$(CARGO) xtask tidy

bench: build
	benches/run

fuzz: prepare
	fuzz/run
