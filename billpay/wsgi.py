"""The WSGI entry point: `gunicorn billpay.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billpay.settings")
application = get_wsgi_application()
