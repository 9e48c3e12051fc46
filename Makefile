# Everything a person does with this repository, one target a thing.
GO        ?= go
BIN       := bin/sgidcheck
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION)
# The ten minutes that go test gives each package by itself are too few on two processors.
TESTFLAGS ?= -timeout=45m
FUZZTIME  ?= 100000x
DIST      := dist
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
# The bill of materials holds the hash of the tool that wrote it: it is built in the same way everywhere.
CYCLONEDX ?= GOFLAGS=-trimpath CGO_ENABLED=0 $(GO) tool -modfile=tools/go.mod cyclonedx-gomod

.PHONY: help run test build lint peers python chromium docs docs-check pictures figures figures-check fuzz bench selftest dist dist-check sign home image oci image-test cluster-test vulncheck interruptions few-logins rp-repeat soak mutants clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

run: build chromium ## test the embedded provider and write a report
	./$(BIN) run

test: peers chromium ## run every test
	$(GO) test $(TESTFLAGS) ./...

build: ## build bin/sgidcheck
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/sgidcheck

lint: ## gofmt, go mod tidy, go vet, staticcheck, golangci-lint
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt would change:"; echo "$$out"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...

peers: peers/node_modules/.installed python ## install the real peers (MockPass, oidc-provider, the official SDKs) for the tests
peers/node_modules/.installed: peers/package.json peers/package-lock.json
	npm --prefix peers ci --no-audit --no-fund --ignore-scripts --loglevel error
	@chmod 600 peers/node_modules/@opengovsg/mockpass/static/certs/*.pem # as keys are kept, though these are published
	@touch $@

python: ## install the library of the Python SDK where this machine lets us
	@sh peers/install-python.sh

chromium: ## install Chromium where this machine lets us
	@sh peers/install-chromium.sh

selftest: build chromium ## every fault against every check
	./$(BIN) selftest --quiet --out tmp/selftest
	./$(BIN) selftest rp --quiet --out tmp/selftest-rp

docs: build ## write the documents that come from the catalogue and the settings
	./$(BIN) docs .

pictures: build peers chromium ## make the three reports that the tests look at again, and the pictures of them in docs/
	scripts/report-pictures.sh

docs-check: docs ## fail where one of them is out of date
	git diff --exit-code -- docs

figures: selftest ## run the selftest and write its figures into README.md
	./$(BIN) docs --selftest tmp/selftest/selftest.json .
	./$(BIN) docs --selftest tmp/selftest-rp/selftest.json .

figures-check: figures ## fail where they are out of date
	git diff --exit-code -- README.md

bench: ## benchmarks, in benchstat's format
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./internal/sgid ./internal/provider ./loadtest

fuzz: ## a short run of every fuzz target
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

dist: ## build the releases: static, reproducible, with checksums and bills of materials
	@rm -rf $(DIST) && mkdir -p $(DIST)
	@set -e; for p in $(PLATFORMS); do os=$${p%/*}; arch=$${p#*/}; \
	  out=$(DIST)/sgidcheck_$(VERSION)_$${os}_$$arch; test $$os != windows || out=$$out.exe; \
	  CGO_ENABLED=0 GOFLAGS= GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -buildid=' -o $$out ./cmd/sgidcheck; \
	  $(CYCLONEDX) bin -json -std -noserial -notimestamp -version '$(VERSION)' -output $$out.cdx.json $$out; \
	done
	@cd $(DIST) && sha256sum sgidcheck_* > SHA256SUMS && cat SHA256SUMS

dist-check: ## build the releases twice, from two folders and without a cache, and compare
	@sh scripts/dist-check.sh '$(VERSION)' '$(PLATFORMS)'

sign: ## sign the checksums of dist/ with SIGNING_KEY (PEM, or a file that holds it)
	@sh scripts/sign.sh $(DIST)

home: ## say where releases have their home: make home REPOSITORY=OWNER/NAME PUBLIC_KEY=...
	@sh scripts/home.sh '$(REPOSITORY)' '$(PUBLIC_KEY)'

image: ## build the image of a load's pods, static, into dist/ (deploy/image.sh --libcrypto: with libcrypto)
	bash deploy/image.sh

oci: ## build the image for people and CI, with Chromium, into dist/ as an OCI archive: buildah
	VERSION='$(VERSION)' bash deploy/image.sh --browser

image-test: ## run it: a login in its Chromium, libcrypto, a PDF (OCI=FILE for one that is built)
	VERSION='$(VERSION)' bash deploy/image-test.sh '$(OCI)'

cluster-test: ## run a load in the pods of a real Kubernetes cluster, made for it: as root, minutes
	bash deploy/cluster/test.sh

vulncheck: ## look for known vulnerabilities in what is built in; needs vuln.go.dev, or VULNDB=URL
	@sh scripts/vulncheck.sh '$(GO)' '$(VULNDB)'

interruptions: ## disturb N runs (100) at random moments: make interruptions N=1000
	INTERRUPTIONS=$(or $(N),100) $(GO) test -count 1 -timeout 0 -v -run '^TestRandomInterruptions$$' ./cmd/sgidcheck

few-logins: peers ## judge MockPass, oidc-provider and the embedded provider with few logins and with separate ones, N times (20): make few-logins N=2
	FEW_LOGINS=$(or $(N),20) $(GO) test -count 1 -timeout 0 -v -run '^TestFewLoginsManyTimes$$' ./cmd/sgidcheck

rp-repeat: ## judge the demo application N times (20), with each flaw and variant: the same verdicts each time
	RP_REPEAT=$(or $(N),20) $(GO) test -count 1 -timeout 0 -v -run '^TestRepeated$$' ./suites/rp/proof

soak: build ## ten minutes at half of capacity: nothing grows (SOAK_DURATION=1m for less)
	@sh scripts/soak.sh ./$(BIN) '$(or $(SOAK_DURATION),10m)'

mutants: ## change N operators (85) at random, one at a time; the tests must notice nine of ten: make mutants N=200 SEED=7 MATCH=diff.go
	ulimit -v 8388608 2>/dev/null; $(GO) run ./internal/mutants -n $(or $(N),85) $(if $(SEED),-seed $(SEED)) $(if $(MATCH),-match '$(MATCH)') \
	  $(or $(PACKAGES),$$($(GO) list ./internal/... | grep -vE '/internal/(provider|matrix|mutants)$$'))

clean: ## remove what was built and written
	rm -rf bin dist sgidcheck-report
