"""The parts of the home page that apps register."""

from datetime import timedelta

import pytest

from par_index.core import worklist
from par_index.core.worklist import Strip, Task


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Empty registries: what the apps have registered is none of these tests' business."""
    for name in ("_tasks", "_panels", "_public_panels", "_strips"):
        monkeypatch.setattr(worklist, name, [])


def task(text: str, **changes) -> Task:
    return Task(count=1, text=text, url="/", action="Xem", **changes)


def test_tasks_stand_overdue_first_then_by_deadline(at):
    worklist.register(lambda user, at: [task("không hạn"), task("mai", due=at + timedelta(days=1))])
    worklist.register(
        lambda user, at: [
            task("hôm nay", due=at + timedelta(hours=1)),
            task("quá hạn", due=at - timedelta(days=1), overdue=True),
        ]
    )

    found = worklist.tasks_for(None, at)

    assert [item.text for item in found] == ["quá hạn", "hôm nay", "mai", "không hạn"]


def test_waiting_text_counts_what_is_overdue():
    assert worklist.waiting_text([]) == "không có việc nào"
    assert worklist.waiting_text([task("a"), task("b", overdue=True)]) == "2 việc, 1 việc quá hạn"


def test_strip_comes_from_the_first_provider_that_knows_a_step(at):
    worklist.register(lambda user, at: [task("a")])
    worklist.register_strip(lambda user, at: None)
    worklist.register_strip(lambda user, at: ("3/9 – Tự đánh giá", at + timedelta(days=4)))
    worklist.register_strip(lambda user, at: ("khác", None))

    assert worklist.strip_for(None, at) == Strip("3/9 – Tự đánh giá", "1 việc", at + timedelta(days=4))


def test_strip_is_absent_while_no_cycle_concerns_the_user(at):
    assert worklist.strip_for(None, at) is None
