# Everything a person types. `make help` lists it.

PORT ?= 8000
PYTHON := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
TEMPLATES := find templates billpay -name '*.html' -print0 | xargs -0

# What `check --deploy` is asked about: a production of nobody's, with nothing real in it.
PRODUCTION := DEBUG=0 HTTPS=1 ALLOWED_HOSTS=billpay.example.com EMAIL_URL=smtp+tls://mail.example.com:587 \
	SECRET_KEY=only-to-check-the-settings-50-letters-or-more-and-not-in-use-anywhere \
	AUDIT_KEY=only-to-check-the-settings-too

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench machine crashes schedulers screenshots all

help: ## List what there is.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(UV):
	@echo "Bringing uv into .uv/ …"
	@python3 -m venv .uv && .uv/bin/pip install -q --disable-pip-version-check uv

setup: $(UV) ## Make .venv what uv.lock says.
	@$(UV) sync --locked --quiet || $(UV) sync --locked --python '>=3.12'

.env:
	@umask 077; python3 -c 'import secrets; print("DEBUG=1\nSECRET_KEY=" + secrets.token_urlsafe(50))' > .env
	@echo "Made .env: DEBUG=1 and a SECRET_KEY of its own."

demo: setup .env ## Serve the demo company on http://127.0.0.1:8000 (PORT=… changes it).
	@mkdir -p staticfiles
	@$(PYTHON) manage.py migrate --verbosity 0
	@$(PYTHON) manage.py createcachetable
	@$(PYTHON) manage.py seed_demo
	@echo
	@echo "Billpay is at http://127.0.0.1:$(PORT)/ (Ctrl-C stops it). Sign in as"
	@echo "  owner@demo.test, approver@demo.test, bookkeeper@demo.test, viewer@demo.test"
	@echo "  owner@tideway.test (another company), admin@demo.test (operator: /operations/)"
	@echo "with the password billpay-demo"
	@echo
	@exec $(PYTHON) -m gunicorn billpay.wsgi --bind 127.0.0.1:$(PORT) --threads 8 --log-level warning

test: setup ## Test on SQLite, on PostgreSQL and in the browser; the last line counts.
	@$(PYTHON) -m tests.run $(ARGS)

check: setup ## Lint, format, types, layers, templates, migrations, deployment settings. No tests.
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	$(TEMPLATES) .venv/bin/djade --check --target-version 6.1
	.venv/bin/djlint --lint --quiet templates
	$(PRODUCTION) DATABASE_URL=sqlite://:memory: $(PYTHON) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PYTHON) -W error manage.py check --deploy --fail-level WARNING
	.venv/bin/mypy

all: check test ## Everything that has to pass before a change is shared.

format: setup ## Mend what tools can mend.
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	$(TEMPLATES) .venv/bin/djade --target-version 6.1

bench: setup ## Measure lists, engine, crowds and proof against bare Django; one JSON line a figure.
	@$(PYTHON) benchmarks/run.py

machine: setup ## 10,000 random steps on each database, everything proved after each that wrote (STEPS=… changes it).
	BILLPAY_TEST_DB=sqlite BILLPAY_MACHINE_STEPS=$(or $(STEPS),10000) $(PYTHON) -m pytest -q -s tests/machine
	BILLPAY_TEST_DB=postgres BILLPAY_MACHINE_STEPS=$(or $(STEPS),10000) $(PYTHON) -m pytest -q -s tests/machine

crashes: setup ## Kill web workers and PostgreSQL while four clients pay; count what was lost or paid twice.
	@$(PYTHON) benchmarks/crashes.py --database both $(ARGS)

schedulers: setup ## Kill schedulers at random over 1,000 due payments; count how often each was paid.
	@$(PYTHON) benchmarks/schedulers.py $(ARGS)

screenshots: setup ## Draw the pictures of the README anew.
	@$(PYTHON) docs/screenshots.py
