# Two commands matter: `make demo` shows the platform on real data, `make test` proves it.
PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
CLIENTS ?= var/clients
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint messages clients clean

demo: $(VENV)/.installed
	$(BIN)/python manage.py demo
ifneq ($(SERVE),0)
	$(BIN)/python manage.py serve --port $(PORT)
endif

test: $(VENV)/.installed-tests lint
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=0 HTTPS=1 $(BIN)/python manage.py check --deploy --fail-level WARNING

# Gather what is to be translated into config/locale, and compile it; needs Debian's gettext. What is new comes out
# empty: translate it, then run this again. tests/test_translations.py fails on anything missing.
messages: $(VENV)/.installed
	$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --no-wrap --no-obsolete \
		--ignore var --ignore tests --ignore $(VENV)
	$(BIN)/python manage.py compilemessages --locale zh_Hans --ignore var --ignore $(VENV)

# Clients generated from the API's description, in Python and TypeScript; needs npm.
clients: $(VENV)/.installed-tests
	$(BIN)/python -m tests.clients.generating $(CLIENTS)

clean:
	rm -rf $(VENV) var

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV) || { echo "A virtual environment is needed: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	touch $@

$(VENV)/.installed: $(VENV)/.created requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@

$(VENV)/.installed-tests: $(VENV)/.installed tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	touch $@
