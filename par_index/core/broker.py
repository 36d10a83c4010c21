"""
The broker of a single machine: kombu's folder of messages, with every file put there whole.

kombu opens a file under its final name and writes into it afterwards. A worker that looks in between finds it empty,
cannot read it and ends; the message is lost. Here a file gets its name once it holds everything.
"""

import contextlib
import os
import time
import uuid
from pathlib import Path

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        # Named as kombu names them: messages are taken in the order of their names.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        part = _written(Path(self.data_folder_out), payload)
        part.replace(part.with_name(name))

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        file = self._exchange_file(exchange)
        if not file.exists():
            self.control_folder.mkdir(exist_ok=True)
            part = _written(self.control_folder, [])
            # Another process may have been first; its table stays.
            with contextlib.suppress(FileExistsError):
                os.link(part, file)
            part.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    Channel = Channel


def _written(folder: Path, content) -> Path:
    """A new file in the folder, under a name that no queue looks for."""
    part = folder / f"{uuid.uuid4()}.part"
    part.write_bytes(str_to_bytes(dumps(content)))
    return part
