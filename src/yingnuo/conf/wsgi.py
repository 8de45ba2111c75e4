"""Where does a WSGI server enter? Pages and API only: the event stream `/rt` needs `asgi.py`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")
application = get_wsgi_application()
