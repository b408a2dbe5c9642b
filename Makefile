# make check is what CI runs. Tools are pinned here and run from the module
# cache: nothing else has to be installed.

GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 20000x

# What it runs has to share the processors with twice as many busy loops.
BUSY := go run ./internal/busy

.PHONY: check build size test format vet lint tidy race stress fuzz cross torture bench compare

check: format vet tidy lint size test race fuzz cross

# Without the tables for debuggers, which are a third of it; traces of panics need none.
build:
	go build -ldflags "-s -w" -o bin/ ./cmd/todoshell

# It has 23.5 MB. Over 28 something has come in, such as text/template, with which the
# linker keeps all exported methods; "go tool nm -size" of an unstripped one tells what.
size: build
	@size=$$(wc -c <bin/todoshell); test $$size -le 28000000 || { echo "bin/todoshell has $$size bytes, which is over 28 MB"; exit 1; }

test:
	go test ./...

format:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "run gofmt -w on:" $$files; exit 1; }

vet:
	go vet ./...
	cd bench && go vet ./...

tidy:
	go mod tidy -diff

lint:
	$(GOLANGCI) run ./...

# Also the short form of stress: on a busy machine.
race:
	$(BUSY) go test -race -short -timeout 30m ./...

# The whole suite so many times over on a busy machine: a test that bets on a clock
# loses there.
STRESS ?= 10

stress:
	$(BUSY) go test -count=$(STRESS) -timeout 3h ./...

# Each fuzz target for so many inputs; go test takes one target at a time. Before
# Go 1.27, an end by the clock can be a failure: https://go.dev/issue/75804.
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

cross:
	GOOS=windows GOARCH=amd64 go build ./... && GOOS=windows go vet ./...
	GOOS=darwin GOARCH=arm64 go build ./... && GOOS=darwin go vet ./...

# The long form of the tests in torture, which takes about this time. Without a
# package's name, go test shows what they print as they go.
TORTURE ?= 10m

torture:
	cd torture && TORTURE=$(TORTURE) go test -count=1 -timeout 0

bench:
	go test -run '^$$' -bench . ./...

# The same work beside what one would take instead, for a quarter of an hour. It
# writes bench/README.md and its charts; "cd bench && go run . -h" tells of less
# and of more.
compare:
	cd bench && go run .
