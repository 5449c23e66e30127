# Builds ./pisces, one static executable that carries the co-kernel, its control
# task and a Linux module for each kernel release in KERNELS. Everything that
# is generated goes to build/.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
CC = musl-gcc
CFLAGS = -O2 -g
# The module is signed with these if they are given.
KEY =
CERT =
# Not empty: the co-kernel watches its free memory (cokernel/Makefile).
DEBUG =
export VERSION KEY CERT DEBUG

ALL_CFLAGS = -std=gnu11 -Wall -Wextra -Werror -Iinclude -I. -MMD -MP \
	-fno-pie -ffunction-sections -fdata-sections \
	-DPISCES_VERSION='"$(VERSION)"' $(CFLAGS)
ALL_LDFLAGS = -static -no-pie -Wl,--gc-sections,--build-id=none -s $(LDFLAGS)

# What has to be there before anything is built; quiet when all is.
BUILDS := $(filter-out help clean system-calls-doc bench-doc,$(or $(MAKECMDGOALS),all))
ifneq ($(BUILDS),)
ifneq ($(shell tests/install-deps >&2 </dev/null && echo ready),ready)
$(error tests/install-deps failed)
endif
ifndef KERNELS
RUNNING := $(shell uname -r)
KERNELS := $(sort $(shell tests/vm/kernel default) \
	$(if $(wildcard /lib/modules/$(RUNNING)/build),$(RUNNING)))
endif
endif

SOURCES = pisces.c $(wildcard cmd/*.c lib/*.c)
OBJECTS = $(SOURCES:%.c=build/%.o)
MODULES = $(KERNELS:%=build/module/%.ko)
# C names cannot have all characters of a release.
symbol = module_$(subst -,_,$(subst .,_,$(subst +,_,$(subst ~,_,$(1)))))
BLOBS = build/blob/cokernel.o build/blob/init.o build/blob/index.o \
	build/blob/calls.o \
	$(foreach release,$(KERNELS),build/blob/$(call symbol,$(release)).o)

.PHONY: all check check-devices check-kernels check-large soak demo bench install \
	clean help cokernel cokernel-edu system-calls-doc bench-doc FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: pisces

help:
	@echo 'make           build ./pisces'
	@echo 'make check     build, then run the tests'
	@echo 'make check-devices  the tests with PCI devices, also the long ones'
	@echo 'make check-kernels  test with kernels of other Debian suites; FAMILIES=...'
	@echo 'make check-large  test with 64 CPUs'
	@echo 'make soak      build, then run the long tests; SOAK="--seed N --minutes M"'
	@echo 'make demo      build, then show an enclave in the emulated machine'
	@echo 'make bench     build, then measure; ONLY=times, calls, disks or noise'
	@echo 'make bench-doc  write its results into docs/evaluation.md'
	@echo 'make system-calls-doc  write docs/system-calls.md anew'
	@echo 'make install   install below DESTDIR/PREFIX (default /usr/local)'
	@echo 'make build/pisces-edu  one with what only tests want'
	@echo 'make clean     remove what was built; .cache/ stays'
	@echo
	@echo 'KERNELS="REL..."   kernel releases to carry a module for'
	@echo 'KEY=FILE CERT=FILE sign the modules with these'
	@echo 'DEBUG=1            the co-kernel watches its free memory'

pisces: $(OBJECTS) $(BLOBS)
	$(CC) -o $@ $^ $(ALL_LDFLAGS)

# Others of this file's flags than before mean other objects.
build/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

build/blob/%.o: build/blob/%.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# cokernel/Makefile knows what it depends on, so it is always asked.
cokernel:
	@$(MAKE) --no-print-directory -C cokernel

build/cokernel/cokernel.bin build/cokernel/init: cokernel ;

build/blob/cokernel.c: build/cokernel/cokernel.bin blob/embed
	@mkdir -p $(@D)
	blob/embed cokernel cokernel $< >$@

# The same with what only tests want: see cokernel/Makefile.
cokernel-edu:
	@$(MAKE) --no-print-directory -C cokernel EDU=1 \
		OUT=../build/cokernel-edu

build/cokernel-edu/cokernel.bin: cokernel-edu ;

build/blob/edu.c: build/cokernel-edu/cokernel.bin blob/embed
	@mkdir -p $(@D)
	blob/embed cokernel cokernel $< >$@

build/pisces-edu: $(OBJECTS) $(BLOBS:%/cokernel.o=%/edu.o)
	$(CC) -o $@ $^ $(ALL_LDFLAGS)

build/blob/init.c: build/cokernel/init blob/embed
	@mkdir -p $(@D)
	blob/embed init init $< >$@

# Written anew only when the co-kernel's table of system calls changes.
build/blob/calls.c: blob/calls FORCE
	@mkdir -p $(@D)
	@blob/calls >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

KMOD_SOURCES = $(wildcard kmod/* include/pisces/*)
# Kernel trees are big: one module at a time, which uses all CPUs.
build/module/%.ko: $(KMOD_SOURCES) blob/module Makefile build/signer
	@mkdir -p $(@D)
	MAKE=$(firstword $(MAKE)) blob/module $* $@

# Written anew only when the key does, so that the modules are signed again.
build/signer: FORCE
	@mkdir -p $(@D)
	@echo '$(KEY) $(CERT)' | cmp -s - $@ || echo '$(KEY) $(CERT)' >$@

define module_blob
build/blob/$(call symbol,$(1)).c: build/module/$(1).ko blob/embed
	@mkdir -p $$(@D)
	blob/embed $(call symbol,$(1)) $(1) $$< >$$@
endef
$(foreach release,$(KERNELS),$(eval $(call module_blob,$(release))))

# Written anew only when the list of releases changes.
build/blob/index.c: blob/index FORCE
	@mkdir -p $(@D)
	@blob/index $(foreach release,$(KERNELS),$(call symbol,$(release))) \
		>$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
FORCE:

check: all build/pisces-edu
	tests/check

# All families with devices, also those that run by name only.
check-devices: all build/pisces-edu
	tests/check 24 25

# Builds what it needs, with modules for all its kernels.
check-kernels:
	+MAKE=$(firstword $(MAKE)) tests/check-kernels $(FAMILIES)

soak: all build/pisces-edu
	tests/soak $(SOAK)

# A machine with 64 CPUs and 8 GiB of memory.
check-large: all
	MACHINE_SECONDS=7200 tests/check 220-large

demo: all
	tests/demo/run

bench: all
	+MAKE=$(firstword $(MAKE)) tests/bench/run $(if $(ONLY),--only $(ONLY))

# Of the last run of bench.
bench-doc:
	tests/bench/document

# Of the items of tests/conformance and the calls that the co-kernel serves.
system-calls-doc:
	$(MAKE) -s -C tests/programs ../../build/programs/conform
	tests/conformance/table >build/system-calls.md
	mv build/system-calls.md docs/system-calls.md

install: all
	install -Dm755 pisces $(DESTDIR)$(PREFIX)/bin/pisces
	install -Dm644 docs/pisces.1 $(DESTDIR)$(PREFIX)/share/man/man1/pisces.1
	install -Dm644 docs/pisces.bash-completion \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pisces

clean:
	rm -rf build pisces

-include $(OBJECTS:.o=.d) $(BLOBS:.o=.d) build/blob/edu.d
