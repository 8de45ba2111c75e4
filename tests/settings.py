"""How do the tests set Yingnuo up? As a fresh installation, whatever the developer's own environment says."""

import hashlib
import os
import tempfile
from pathlib import Path

for _name in [name for name in os.environ if name.startswith("YINGNUO_")]:
    del os.environ[_name]
_MARK = hashlib.sha256(str(Path(__file__).resolve()).encode()).hexdigest()[:8]
os.environ["YINGNUO_VAR"] = str(Path(tempfile.gettempdir()) / f"yingnuo-tests-{os.getuid()}-{_MARK}")
os.environ["YINGNUO_SECRET_KEY"] = "tests-only-" * 5
os.environ["YINGNUO_LANGUAGE"] = "en"
os.environ["YINGNUO_TIME_ZONE"] = "UTC"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's synchronous interface runs an event loop

from yingnuo.conf.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["*"]
# The hashed storage needs collected files; with it in tests every script is a 404, and pages pass unstyled.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
