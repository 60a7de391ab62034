# Needs Python 3.11 to 3.13, git and make; everything else goes into .venv (scripts/environment.py).
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 \
	&& { command -v $$p; break; }; done)
ifeq ($(strip $(PYTHON)),)
$(error 需要 Python 3.11 至 3.13，例如：sudo apt install python3.11 python3.11-venv)
endif
IN_ENV = @$(PYTHON) scripts/environment.py requirements.txt
IN_DEV = @$(PYTHON) scripts/environment.py requirements-dev.txt
.PHONY: run test lint types bench bench-large torture clean lock docs backup restore

run:          ## the whole site with demonstration data; honours HOST, PORT and DATA_DIR
	$(IN_ENV) scripts/supervise.py

test:         ## all that this machine can run; says by name what it left out (ARGS="tests/core -k words")
	$(IN_DEV) scripts/suite.py $(ARGS)

lint:         ## format and lint of Python and templates
	$(IN_DEV) scripts/checks.py lint

types:        ## mypy, strict where decisions are taken
	$(IN_DEV) scripts/checks.py types

bench:        ## speed as ratios, 100,000 records, a few minutes
	$(IN_DEV) -m benchmarks --records 100000 $(ARGS)

bench-large:  ## the same with 1,000,000 records; 10,000,000 too with ARGS="--records 10000000" (80 GB, hours)
	$(IN_DEV) -m benchmarks --records 1000000 $(ARGS)

torture:      ## kill -9 of everything while records are imported and reported; an hour (ARGS="--rounds 3 --imports 1")
	$(IN_DEV) -m torture $(ARGS)

lock:         ## remakes the three locks from the .in files
	$(IN_DEV) scripts/lock.py

docs:         ## rewrites the parts of docs/ that are read off the code
	$(IN_DEV) scripts/docs.py

backup:       ## the embedded mode's data as one archive (TO=file)
	@$(PYTHON) scripts/backup.py save "$(TO)"

restore:      ## into a data folder without a database (FROM=file)
	@$(PYTHON) scripts/backup.py restore "$(FROM)"

clean:        ## removes the environment and caches; data in var/ stays
	@rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path "./var/*" -prune -exec rm -rf {} +
