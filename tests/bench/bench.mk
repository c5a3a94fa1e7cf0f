# bench.mk - the part of the Makefile that measures.
#
# A side (bench.h) becomes a program of its own in $(BENCH)/, beside those of
# other languages. What cannot be built is left out: make -k.

BENCH = $(OUT)/benchmarks
BENCH_SHARED = tests/bench/common.c tests/bench/program.c
BENCH_WEFT := $(filter-out %/tls_echo.c %/cores.c,$(wildcard tests/bench/weft/*.c))
BENCH_SIDES := $(BENCH_WEFT) $(wildcard tests/bench/limit/*.c) \
	tests/bench/peers/libev.c tests/bench/common.c
BENCH_HEADERS := $(wildcard tests/bench/*.h tests/bench/*/*.h)
BENCH_CC = @mkdir -p $(@D) && $(CC) $(FLAGS) -o $@ $(filter %.c %.o %.a,$^)

bench: $(BENCH)/bench
	@$< $(ONLY)
$(BENCH)/bench: tests/bench/bench.c $(BENCH_SIDES) $(OUT)/libweft.a \
		$(BENCH_HEADERS)
	$(BENCH_CC) $(LINK) $(LIBS)

# Without what debuggers read, which valgrind may not understand.
instructions: $(BENCH)/count
	@tests/bench/instructions.sh $< $(OUT)/instructions $(CC) \
		$(if $(RECORD),record)
$(BENCH)/count: tests/bench/count.c $(BENCH_SIDES) $(OUT)/libweft.a \
		$(BENCH_HEADERS)
	$(BENCH_CC) $(LINK) -Wl,-S $(LIBS)

# ---- Sides as programs, and what they are measured with ----

bench-programs: $(addprefix $(BENCH)/,weft pt-limit libev load cores) \
	$(if $(TLS),$(addprefix $(BENCH)/,weft-tls openssl load_tls)) \
	$(OUT)/docs/examples/file_server
bench-peers-programs: $(addprefix $(BENCH)/,epoll libuv cpp20 asio go tokio)

$(BENCH)/weft: $(BENCH_WEFT) $(OUT)/libweft.a
$(BENCH)/pt-limit: $(wildcard tests/bench/limit/*.c)
$(BENCH)/libev $(BENCH)/epoll $(BENCH)/libuv: $(BENCH)/%: tests/bench/peers/%.c
$(BENCH)/pt-limit: private SIDE = limit
$(addprefix $(BENCH)/,weft pt-limit libev epoll libuv): $(BENCH_SHARED) \
		$(BENCH_HEADERS)
	$(BENCH_CC) -DSIDE=$(or $(SIDE),$(@F))_side $(LINK) $(LIBS) \
		$(if $(filter libuv,$(@F)),-luv)
$(BENCH)/load: tests/bench/load.c tests/bench/common.c
	$(BENCH_CC) $(LINK) -lm
$(BENCH)/cores: tests/bench/weft/cores.c tests/bench/common.c $(OUT)/libweft.a
	$(BENCH_CC) $(LINK) $(LIBS)
$(BENCH)/weft-tls: tests/bench/weft/tls_echo.c $(OUT)/libweft-tls.a \
		$(OUT)/libweft.a
$(BENCH)/openssl: tests/bench/peers/openssl.c tests/bench/common.c
$(BENCH)/load_tls: tests/bench/load_tls.c tests/bench/common.c
$(addprefix $(BENCH)/,weft-tls openssl load_tls):
	$(BENCH_CC) $(LINK) $(LIBS) $(TLS_LIBS)

$(BENCH)/%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(if $(SIDE),-DSIDE=$(SIDE)_side) -c -o $@ $<
$(BENCH)/cpp20 $(BENCH)/asio: $(BENCH)/%: tests/bench/peers/%.cpp \
		$(BENCH)/common.o $(BENCH_HEADERS)
	$(CC) $(FLAGS) -DSIDE=$(@F)_side -c -o $@.o tests/bench/program.c
	$(CXX) -std=c++20 -O2 -Wall -Wextra -Wno-missing-field-initializers \
		-o $@ $< $@.o $(BENCH)/common.o
GO = $(shell command -v go || ls /usr/lib/go-*/bin/go | tail -n 1)
$(BENCH)/go: tests/bench/peers/go/main.go
	cd $(<D) && GOPROXY=off GOFLAGS=-mod=mod $(GO) build -o $(abspath $@) .
# Debian has the crates as packages; elsewhere they come from where cargo says.
CRATES = $(wildcard /usr/share/cargo/registry)
$(BENCH)/tokio: tests/bench/peers/tokio/src/main.rs
	rm -rf $(BENCH)/crate && cp -r tests/bench/peers/tokio $(BENCH)/crate
	cd $(BENCH)/crate && cargo build -q --release $(if $(CRATES),--offline \
		--config "source.crates-io.replace-with='debian'" \
		--config "source.debian.directory='$(CRATES)'")
	cp $(BENCH)/crate/target/release/peer-tokio $@

# The peers come from the system's packages; QUICK=1 takes three minutes.
bench-peers: bench-programs
	@tests/bench/install.sh
	@$(MAKE) -k -s bench-peers-programs || echo "some peers are missing"
	@QUICK=$(QUICK) tests/bench/run.sh $(OUT)
bench-plot:
	@python3 tests/bench/plot.py tests/bench/results.tsv
.PHONY: instructions bench-programs bench-peers-programs bench-peers bench-plot
