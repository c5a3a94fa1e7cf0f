# weft - asyncio for C.
#
#   make               the library: build/libweft.a, build/libweft.so
#   make install       headers, libraries, weft.pc, a CMake package, a manual
#                      page; PREFIX=/usr/local LIBDIR=lib DESTDIR=
#   make uninstall     with the same settings: takes exactly that away
#   make single        all of it in one file: build/single/weft.h
#   make single-core   layers 0 to 4, for devices: build/single/weft_core.h
#   make ways          the tests in each way to use weft, outside of the tree
#   make demo          the main job: ask many web servers, one by one, then all
#                      at once.  make demo URLS="http://127.0.0.1:8000/ ..."
#   make test          build and run the tests
#   make examples      build every program under docs/ into build/docs/; those
#                      that need one library more where it is found
#   make bench         measure, beside a hand-written switch loop and raw
#                      libev; ONLY=yield
#   make instructions  count them, and compare with those that are recorded;
#                      RECORD=1 writes them down
#   make bench-peers   measure, beside ten other runtimes that are installed
#                      for it, in 15 minutes; QUICK=1 in 3
#   make bench-plot    the page and the charts of what that has found
#   make conformance   play SEEDS=1000 made-up scenarios on CPython's asyncio
#                      and on weft, and compare what happens; FIRST=0 is the
#                      first of them; COVERAGE=1 tells what was reached
#   make golden        choose anew the scenarios that make test plays with the
#                      traces of CPython: tests/conformance/golden.py
#   make promises      how many of the tests of CPython's asyncio are kept here
#   make load          10,000 connections at once, 100,000 one after another,
#                      and clients that do not read; SIZE=small for a part
#   make firmware      run the tests, and a service, on emulated devices;
#                      PORT=riscv: on that one only
#   make size          what weft takes on a device: writes the table of
#                      docs/reference/footprint.md
#   make check         what a reviewer would check: see .ci/run
#   make headers header-only freestanding no-malloc valgrind threads wasm
#                      parts of that
#   make deps          install libev if it is missing, as a system's package
#   make clean
#
# Settings: CC, CFLAGS, and V=name for a build beside the default one, as in
# make test V=asan CFLAGS="-g -fsanitize=address,undefined"

CC ?= cc
CFLAGS ?= -O2 -g
V ?= default
URLS ?=
SEEDS ?= 1000
FIRST ?= 0
export PREFIX ?= /usr/local
export LIBDIR ?= lib
export DESTDIR

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wimplicit-fallthrough $(JUMPS) $(WERROR)
JUMPS := $(shell echo 'int x;' | $(CC) -Werror -Wjump-misses-init -xc -c -o \
	/dev/null - 2>/dev/null && echo -Wjump-misses-init)
FLAGS = -std=c11 -D_DEFAULT_SOURCE $(WARNINGS) -Iinclude $(CFLAGS)
LINK = $(CFLAGS) $(LDFLAGS)
LIBS = -lev -lpthread

OUT = build/$(V)
SOURCES := $(filter-out src/tls% src/cares%,$(wildcard src/*.c))
HEADERS := $(wildcard include/*.h include/weft/*.h macros/weft/*.h)
OBJECTS := $(SOURCES:src/%.c=$(OUT)/obj/%.o)
TESTS := $(sort $(wildcard tests/test_*.c))
PROGRAMS := $(sort $(wildcard docs/*/*.c))

# The default build is also copied to build/; others stay in their folder.
LIB := $(if $(filter default,$(V)),build,$(OUT))
all: $(LIB)/libweft.a $(LIB)/libweft.so
VERSION := $(shell sed -n 's/^\#define WEFT_VERSION "\(.*\)"/\1/p' \
	include/weft/config.h)
SONAME := libweft.so.$(basename $(VERSION))

# TLS, a library of its own, where OpenSSL 3 is. Its users begin or end so.
TLS := $(shell pkg-config --exists 'openssl >= 3' 2>/dev/null && echo yes)
TLS_USERS := $(wildcard tests/test_tls*.c docs/*/*tls.c)
ifeq ($(TLS),yes)
TLS_OBJECTS := $(patsubst src/%.c,$(OUT)/obj/%.o,$(wildcard src/tls*.c))
TLS_LIBS := $(shell pkg-config --libs openssl)
TLS_PROGRAMS := $(TLS_USERS:tests/%.c=$(OUT)/test/%)
TLS_PROGRAMS := $(TLS_PROGRAMS:docs/%.c=$(OUT)/docs/%)
TLS_PROGRAMS += $(OUT)/docs/examples/website_status
$(OUT)/docs/examples/website_status: FLAGS += -DWEFT_WITH_TLS
all: $(LIB)/libweft-tls.a
$(TLS_OBJECTS) $(TLS_PROGRAMS): FLAGS += $(shell pkg-config --cflags openssl)
$(TLS_PROGRAMS): $(OUT)/libweft-tls.a
$(TLS_PROGRAMS): MORE = $(OUT)/libweft-tls.a
$(TLS_PROGRAMS): LIBS += $(TLS_LIBS)
else
TESTS := $(filter-out $(TLS_USERS),$(TESTS))
PROGRAMS := $(filter-out $(TLS_USERS),$(PROGRAMS))
endif

# The resolver on c-ares, a library of its own, where that is.
CARES := $(shell pkg-config --exists libcares 2>/dev/null && echo yes)
CARES_USERS := $(wildcard tests/test_cares*.c docs/*/dns_*.c)
ifeq ($(CARES),yes)
CARES_OBJECTS := $(patsubst src/%.c,$(OUT)/obj/%.o,$(wildcard src/cares*.c))
CARES_LIBS := $(shell pkg-config --libs libcares)
CARES_PROGRAMS := $(CARES_USERS:tests/%.c=$(OUT)/test/%)
CARES_PROGRAMS := $(CARES_PROGRAMS:docs/%.c=$(OUT)/docs/%)
all: $(LIB)/libweft-cares.a
$(CARES_OBJECTS): FLAGS += $(shell pkg-config --cflags libcares)
$(CARES_PROGRAMS): $(OUT)/libweft-cares.a
$(CARES_PROGRAMS): MORE = $(OUT)/libweft-cares.a
$(CARES_PROGRAMS): LIBS += $(CARES_LIBS)
else
TESTS := $(filter-out $(CARES_USERS),$(TESTS))
PROGRAMS := $(filter-out $(CARES_USERS),$(PROGRAMS))
endif

# Examples that need one library more, built where it is.
define ADAPTER
ifeq ($(shell pkg-config --exists $(2) 2>/dev/null && echo yes),yes)
$(1)_LIBS := $(shell pkg-config --libs $(2))
$(1)_FLAGS := $(subst -I,-isystem ,$(shell pkg-config --cflags-only-I $(2)))
ADAPTER_FLAGS += $$($(1)_FLAGS) $$($(1)_LIBS)
$$(OUT)/docs/examples/$(1): private FLAGS += $$($(1)_FLAGS)
$$(OUT)/docs/examples/$(1): private LIBS += $$($(1)_LIBS)
else
PROGRAMS := $$(filter-out docs/examples/$(1).c,$$(PROGRAMS))
SKIPPED += $(1).c:$(2)
endif
endef
$(eval $(call ADAPTER,redis,hiredis))
$(eval $(call ADAPTER,postgres,libpq))
$(eval $(call ADAPTER,curl_multi,libcurl))

build/libweft.a: $(OUT)/libweft.a
	cp $< $@
build/libweft.so: $(OUT)/libweft.so
	cp $< $@
	ln -sf libweft.so build/$(SONAME)
build/libweft-tls.a: $(OUT)/libweft-tls.a
	cp $< $@
build/libweft-cares.a: $(OUT)/libweft-cares.a
	cp $< $@
$(OUT)/libweft.a: $(OBJECTS)
	rm -f $@ && ar rcs $@ $^
$(OUT)/libweft-tls.a: $(TLS_OBJECTS)
	rm -f $@ && ar rcs $@ $^
$(OUT)/libweft-cares.a: $(CARES_OBJECTS)
	rm -f $@ && ar rcs $@ $^
# What wants the functions of a port is in the archive only.
$(OUT)/libweft.so: $(filter-out %/bare.o %/interrupt.o,$(OBJECTS))
	$(CC) $(LINK) -shared -Wl,-soname,$(SONAME) -o $@ $^ $(LIBS)

$(OUT)/obj/%.o: src/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -fPIC -MMD -MP -c -o $@ $<
$(OUT)/test/%: tests/%.c $(OUT)/libweft.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Itests -MMD -MP -o $@ $< $(MORE) $(OUT)/libweft.a $(LINK) \
		$(LIBS)
$(OUT)/docs/%: docs/%.c $(OUT)/libweft.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -MMD -MP -o $@ $< $(MORE) $(OUT)/libweft.a $(LINK) \
		$(LIBS)

install: all
	@src/install.sh install $(OUT)
uninstall:
	@src/install.sh uninstall $(OUT)

single: build/single/weft.h
single-core: build/single/weft_core.h
build/single/weft.h: SINGLE = src/single.sh
build/single/weft_core.h: SINGLE = src/single.sh core
build/single/%.h: $(wildcard src/*) $(HEADERS) $(wildcard docs/howto/use-*.c)
	@mkdir -p $(@D)
	$(SINGLE) >$@.new && mv $@.new $@

ways: all single single-core
	@tests/ways.sh $(OUT)

# The scripts take longest, and so begin first.
test: $(TESTS:tests/%.c=$(OUT)/test/%) examples $(OUT)/conformance
	@CC="$(CC)" OUT=$(OUT) tests/run.sh $(OUT) tests/conformance/golden.sh \
		tests/misuse.sh tests/docs.sh tests/examples.sh \
		tests/adapters.sh $(TESTS:tests/%.c=$(OUT)/test/%)

examples: $(PROGRAMS:docs/%.c=$(OUT)/docs/%)
	@for skipped in $(SKIPPED); do \
		echo "skip docs/examples/$${skipped%:*}: no $${skipped#*:}"; \
	done

demo: $(OUT)/docs/examples/website_status
	@$< $(URLS)

include tests/bench/bench.mk

load: $(OUT)/load
	@tests/load.sh $< $(SIZE)
$(OUT)/load: $(wildcard tests/load/*.[ch]) $(OUT)/libweft.a
	$(CC) $(FLAGS) -o $@ $(filter %.c %.a,$^) $(LINK) $(LIBS)

conformance: $(OUT)/conformance
	@tests/conformance/run.sh $< $(OUT)/scenarios $(SEEDS) $(FIRST)
$(OUT)/conformance: $(wildcard tests/conformance/*.[ch]) $(OUT)/libweft.a
	$(CC) $(FLAGS) -o $@ tests/conformance/run.c $(OUT)/libweft.a $(LINK) \
		$(LIBS)

golden:
	@tests/conformance/run.sh --with golden.py tests/conformance

promises:
	@tests/promises.sh

# The unit tests under valgrind; and those with threads, which want V=tsan
# CFLAGS="-O1 -g -fsanitize=thread". Tens of thousands of new keys take valgrind
# minutes.
valgrind: $(filter-out %/test_tls_backlog,$(TESTS:tests/%.c=$(OUT)/test/%))
	@echo "skip test_tls_backlog: too slow under valgrind"
	@SCHEDULES=20 \
		WEFT_TEST_WRAPPER="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" \
		tests/run.sh $(OUT) $^
threads: $(patsubst %,$(OUT)/test/test_%,loop_threads ev_wake ev_guest \
	ev_guest_end resolve resolve_name connect server concurrent \
	concurrent_wait remote remote_end executor executor_cancel \
	executor_end file file_cancel file_lines scandir thread_queue \
	workers signal_threads process_watch)
	@tests/run.sh $(OUT) $^

firmware:
	@tests/firmware/run.sh $(OUT) $(PORT)
size:
	@tests/firmware/size.sh $(OUT)

# Each header by itself, in C11 without POSIX and in C++.
headers: | deps
	@for header in include/weft.h include/weft/*.h; do \
		echo "$$header"; \
		echo 'extern int nothing;' | $(CC) -std=c11 $(WARNINGS) \
			-Werror -Iinclude -fsyntax-only -include $$header \
			-xc - && \
		echo 'extern int nothing;' | $(CXX) -std=c++17 -Wall -Wextra \
			-Wpedantic -Werror -Iinclude -fsyntax-only \
			-include $$header -xc++ - || exit 1; \
	done

# Every program of the docs with nothing but the one include. The examples are
# linked as well.
header-only: $(PROGRAMS:docs/%.c=$(OUT)/header-only/%)
	@echo "ok header-only: $(words $^) programs"
$(OUT)/header-only/%: docs/%.c $(SOURCES) $(HEADERS) | deps
	@mkdir -p $(@D)
	@case $< in \
	docs/examples/*) \
		way="-o $@ $(LDFLAGS) $(LIBS)"; \
		grep -q '^#define WEFT_WITH_' $< && \
			way="$$way $(TLS_LIBS) $(CARES_LIBS)"; \
		grep -qE '^#include <(hiredis|libpq|curl)' $< && \
			way="$$way $(ADAPTER_FLAGS)" ;; \
	*) way=-fsyntax-only ;; \
	esac; \
	echo "$< $$way"; \
	$(CC) -std=gnu11 $(WARNINGS) -Werror -Iinclude -DWEFT_IMPLEMENTATION $< \
		$$way && touch $@

# Layers 0 to 4: for a Cortex-M0, where they may need nothing but memcpy,
# memset and integer helpers, and on this machine without malloc.
freestanding:
	@tests/freestanding.sh $(OUT)
no-malloc: $(OUT)/test/no_malloc
	@$<
# The same layers in WebAssembly, called by a host that must not wait.
wasm:
	@tests/firmware/wasm/run.sh $(OUT)

check:
	.ci/run

# Takes a moment when nothing is missing; only otherwise are packages touched.
deps:
	@tests/deps.sh $(CC) $(CFLAGS)

clean:
	rm -rf build

-include $(wildcard $(OUT)/obj/*.d $(OUT)/test/*.d $(OUT)/docs/*/*.d)
.PHONY: all install uninstall single single-core ways test examples demo \
	bench conformance golden load promises valgrind threads headers \
	header-only freestanding no-malloc wasm firmware size check deps clean
.SECONDARY:
