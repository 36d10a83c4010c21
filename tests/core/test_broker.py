"""Messages between the web process and its worker on a machine without Redis."""

import threading

import pytest
from kombu import Connection

from par_index.celery import app
from par_index.core import broker

# Queues have a name of their own in each test: kombu remembers bindings for the whole process.


@pytest.fixture
def connection(tmp_path):
    (tmp_path / "messages").mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    transport = "par_index.core.broker:Transport"
    with Connection("filesystem://localhost", transport=transport, transport_options=options) as opened:
        yield opened


def test_celery_takes_the_portals_transport_for_its_folder():
    url, transport = "filesystem://localhost", "par_index.core.broker:Transport"
    with app.connection_for_write(url, transport=transport) as found:
        assert type(found.transport) is broker.Transport


def test_messages_come_back_and_leave_nothing_behind(connection, tmp_path):
    with connection.SimpleQueue("few") as queue:
        for number in range(3):
            queue.put({"number": number})
        received = [queue.get_nowait() for _ in range(3)]
        for message in received:
            message.ack()
    assert sorted(message.payload["number"] for message in received) == [0, 1, 2]
    assert list((tmp_path / "messages").iterdir()) == []


def test_reader_beside_a_busy_sender_never_meets_a_half_written_message(connection):
    sent = 100
    texts = ["x" * 20000] * sent

    def send():
        with connection.clone() as own, own.SimpleQueue("many") as queue:
            for text in texts:
                queue.put(text)

    sender = threading.Thread(target=send)
    with connection.SimpleQueue("many") as queue:
        sender.start()
        received = [queue.get(timeout=30) for _ in range(sent)]
        sender.join()
        for message in received:
            message.ack()
    assert [message.payload for message in received] == texts


def test_binding_a_queue_twice_keeps_the_table_of_the_first(connection):
    channel = connection.channel()
    channel._queue_bind("news", "a", None, "first")
    channel._queue_bind("news", "b", None, "second")
    assert {row.queue for row in channel.get_table("news")} == {"first", "second"}
