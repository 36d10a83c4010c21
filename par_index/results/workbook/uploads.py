"""Workbooks on their way in: kept privately between upload, preview and confirmation, and forgotten after a day."""

import uuid
from datetime import datetime, timedelta
from typing import BinaryIO

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

FOLDER = "imports"
KEPT_FOR = timedelta(days=1)


class Forgotten(Exception):
    """The file is gone: imported, put away, or older than a day."""


def keep(file: UploadedFile, *, at: datetime) -> str:
    """Keep an uploaded file under a random name, which is returned; what others left behind long ago is removed."""
    forget_older_than(at - KEPT_FOR)
    return default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.xlsx", file)


def is_kept(name: str) -> bool:
    return default_storage.exists(name)


def opened(name: str) -> BinaryIO:
    """
    The kept file, open for reading.

    :raises Forgotten:
    """
    try:
        return default_storage.open(name, "rb")
    except FileNotFoundError as error:
        raise Forgotten from error


def forget(name: str) -> None:
    default_storage.delete(name)


def forget_older_than(at: datetime) -> None:
    if not default_storage.exists(FOLDER):
        return
    _folders, names = default_storage.listdir(FOLDER)
    for name in names:
        path = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(path) < at:
            default_storage.delete(path)
