"""A log that tells no one-time link. Loaded with the settings, before any app: nothing of Django is imported here."""

import logging
import re

_PATH_WITH_TOKEN = re.compile(r"/k/[^/\s?]+")


class HideTokens(logging.Filter):
    """
    Writes `/k/…` for the address of a survey form.

    Django logs the path of every refused request with the time; with the token in it, the log would say when whose
    link was used.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
        if isinstance(record.msg, str):
            record.msg = _hidden(record.msg)
        return True


def _hidden(value: object) -> object:
    return _PATH_WITH_TOKEN.sub("/k/…", value) if isinstance(value, str) else value
