"""The product's settings, with one more address and no limit to requests."""

from huicheng_credit.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
