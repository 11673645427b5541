# ILMS: `make run` and `make test` are all a newcomer needs. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run up down cluster serve test bench check docs picture lock new-source source clean environment cluster-environment

PYTHON ?=
VENV := .venv/bin
SOURCE ?=
WAVE ?=
ARGS ?=
CHOICE = $(if $(SOURCE),--source $(SOURCE)) $(if $(WAVE),--wave $(WAVE)) $(ARGS)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  ILMS_HOME    where everything is kept (default ./data)"
	@echo "  ILMS_MIRROR  a folder with the producers' files; ILMS_ONLINE=1 fetches them from the producers"
	@echo "  PYTHON       the Python 3.11 to 3.13 to build .venv with; found by itself otherwise"

run: environment ## run whatever is new of all sources through Airflow, and publish (SOURCE=, WAVE= to choose)
	@$(VENV)/python -I -m ilms.airflow.run run $(CHOICE)

up: environment ## leave Airflow's pages and scheduler running on this machine
	@$(VENV)/python -I -m ilms.airflow.run up

down: environment ## stop what `make up` started
	@$(VENV)/python -I -m ilms.airflow.run down

cluster: cluster-environment ## PostgreSQL, Redis, Airflow and two workers on this machine (ARGS=up, down or status)
	@$(VENV)/ilms cluster $(or $(ARGS),up)

serve: environment ## pages for browsers and SDMX REST over the current release (ARGS="--port 8480 --host 0.0.0.0")
	@$(VENV)/ilms serve $(ARGS)

test: environment ## run the tests (ARGS="-m slow" for those of Airflow and other long ones)
	@$(VENV)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

bench: environment ## compare with R, svy, pandas and what others publish (needs ILMS_MIRROR; ARGS="--persons 100000000")
	@$(VENV)/python -m bench $(ARGS)

check: environment ## lint, formatting and types of Python, and the SQL files
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/sqlfluff lint .

docs: environment ## build the site of the documents into site/, in an environment of its own; a broken link is an error
	@python=$$(.make/find-python $(PYTHON)) && "$$python" .make/environment.py docs
	@$(VENV)/python -m ilms.authoring.reference .docs-made
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build $(ARGS)
	@echo "The site: site/index.html"

picture: environment ## write again what docs/ has of the code: picture of the imports, formats, keys, commands
	@$(VENV)/python -m ilms.authoring.picture
	@$(VENV)/python -m ilms.authoring.format_table
	@$(VENV)/python -m ilms.authoring.key_page
	@$(VENV)/python -m ilms.authoring.command_page
	@$(VENV)/python -m ilms.authoring.founding_page

new-source: environment ## lay out a new source: make new-source SOURCE=ABC.lfs WAVE=2024 (a register: KIND=register)
	@test -n "$(SOURCE)" -a -n "$(WAVE)" || { echo "Name both: make new-source SOURCE=ABC.lfs WAVE=2024"; exit 2; }
	@$(VENV)/ilms new-source $(SOURCE) $(WAVE) --kind $(or $(KIND),survey)

source: environment ## check one source and run it without Airflow: make source SOURCE=ABC.lfs
	@test -n "$(SOURCE)" || { echo "Name the source: make source SOURCE=ABC.lfs"; exit 2; }
	@$(VENV)/ilms check $(SOURCE)
	@$(VENV)/ilms run $(CHOICE)

lock: ## write requirements.lock and docs.lock again from pyproject.toml
	@python=$$(.make/find-python $(PYTHON)) && .make/lock "$$python"

clean: ## remove environments, caches and the site; the data stay
	@rm -rf .venv .venv-docs .docs-made site .mypy_cache .ruff_cache .pytest_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@python=$$(.make/find-python $(PYTHON)) && "$$python" .make/environment.py

cluster-environment:
	@python=$$(.make/find-python $(PYTHON)) && "$$python" .make/environment.py cluster
