"""Lines of the log, without personal numbers: a path that somebody typed, a database's complaint, a traceback."""

import logging

from core.masking import scrub


class ScrubbedFormatter(logging.Formatter):
    """Hides residents' numbers, phones and accounts in whatever is written, wherever they came from."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))
