"""The product's settings; only static files are served as they lie in the tree, so that nothing has to be collected."""

from huicheng_credit.settings import *  # noqa: F403
from huicheng_credit.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
