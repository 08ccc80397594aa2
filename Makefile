# TensorFlow, Executed. `make help` lists what there is.
# A Python can be named: make book PYTHON=/usr/bin/python3.12

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

runs = $(shell for p in $(1); do \
  if $$p -c "import sys" >/dev/null 2>&1; then echo $$p; break; fi; done)
PYTHON ?= $(call runs,python3.11 python3.12 python3.13 python3 python)
PORT ?= 8000
DEVICE ?= cpu
COLAB_FEW := autodiff on-a-tpu exercises/keras

BIN := .venv/bin
HTML := _build/html/index.html
HTML_PINS := requirements-html.txt constraints.txt pyproject.toml \
  package.json package-lock.json
SOURCES := $(shell find index.md _config.yml _toc.yml book chapters exercises \
  notebooks src -type f -not -path '*/__pycache__/*' \
  -not -path '*.egg-info/*' 2>/dev/null)

.PHONY: help setup book epub pdf zip site serve notebooks test site-check \
  colab canary status lab bench bench-graders clean python

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)

python:
	@test -n "$(PYTHON)" || { echo "setup: no Python was found. Install \
Python 3.11 (python.org, or your system's packages) and run the same \
command again." >&2; exit 1; }

setup: .venv/.test  ## everything that executes and tests (Python 3.11)

book: $(HTML)  ## build the pages from the executed notebooks (Python 3.11-3.13)
	@echo "Open _build/html/index.html in a browser, or: make serve"

epub: | .venv/.html  ## make the EPUB, in _build/take-along
	@$(BIN)/flowbook epub

pdf: .venv/.test $(HTML)  ## print one PDF a chapter and one of the book (Chromium)
	@$(BIN)/flowbook pdf

zip: $(HTML)  ## pack the pages to read them offline
	@$(BIN)/flowbook zip

site: .venv/.test $(HTML)  ## the pages with EPUB, PDFs and zip linked from the cover
	@$(BIN)/flowbook epub
	@$(BIN)/flowbook pdf
	@$(BIN)/flowbook zip
	@$(MAKE) --no-print-directory book

serve: $(HTML)  ## build, then serve the pages on http://localhost:8000 (PORT=…)
	@echo "Serving on http://localhost:$(PORT) until Ctrl-C"
	@$(BIN)/python -m http.server $(PORT) --directory _build/html

notebooks: .venv/.test  ## execute the sections that changed, into notebooks/
	@$(BIN)/flowbook execute

ifeq ($(DEVICE),cpu)
test: .venv/.test $(HTML)  ## execute every notebook again and run every check (DEVICE=gpu)
	@$(PYTHON) src/flowbook/bootstrap.py test
	@$(BIN)/flowbook stale
	@$(BIN)/ruff check .
	@$(BIN)/python -m pytest tests -n 2 --dist loadfile
	@$(BIN)/flowbook verify
	@if $(BIN)/flowbook colab --python > /dev/null; \
	  then $(BIN)/flowbook colab $(COLAB_FEW); \
	  else echo "Not run with Colab's versions: see the line above."; fi
else
test: .venv/.test
	@$(BIN)/flowbook verify --device $(DEVICE)
endif

site-check: .venv/.test $(HTML)  ## hold the built pages to the bar: weight, axe, links
	@$(BIN)/python -m pytest tests/browser/test_bar.py \
	  tests/browser/test_pages.py -n 2 -q

colab: .venv/.test  ## run the notebooks as Colab would, with its versions
	@$(BIN)/flowbook colab

canary: .venv/.test  ## run the notebooks with the newest releases: what changed?
	@$(BIN)/flowbook canary

status: .venv/.test  ## run all notebooks with both version sets, for the status page
	@failed=0; $(BIN)/flowbook verify --record || failed=1; \
	  $(BIN)/flowbook colab --record || failed=1; exit $$failed

lab: .venv/.lab  ## open the notebooks in JupyterLab, widgets alive
	@TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0 $(BIN)/jupyter-lab notebooks

bench: .venv/.test $(HTML)  ## measure build, tests, page weight, instruments
	@$(BIN)/python tests/bench.py

bench-graders: .venv/.test  ## measure grading: seconds a submission, against otter-grader
	@$(BIN)/python benchmarks/graders.py

clean:  ## remove what was built (keeps .venv and the notebooks)
	@rm -rf _build

$(HTML): $(SOURCES) $(wildcard _build/take-along/* _build/wheels/*) | .venv/.html
	@$(BIN)/flowbook build

.venv/.html: $(HTML_PINS) | python
	@$(PYTHON) src/flowbook/bootstrap.py html && touch $@

.venv/.test: requirements.txt $(HTML_PINS) | python
	@$(PYTHON) src/flowbook/bootstrap.py test && touch $@ .venv/.html

.venv/.lab: requirements-lab.txt .venv/.test
	@$(BIN)/python -m pip --disable-pip-version-check install -q -r $< && touch $@
