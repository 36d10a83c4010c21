"""Two members decide the same leaf at once, on real connections."""

from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from councils import services
from tests.councils.conftest import make_room
from tests.factories import AT


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands_and_the_other_is_told():
    room = make_room()
    colleague = room.seat(unit=room.first.unit)
    criterion = room.leaf("1.4")
    start = Barrier(2)
    outcomes = []

    def decide(person, points: str) -> None:
        start.wait()
        try:
            entry = services.adjust(
                assessment_id=room.first.pk,
                criterion_id=criterion.pk,
                points=Decimal(points),
                reason="Thiếu biểu",
                seen_entry_id=0,
                by=person,
                at=AT,
            )
            outcomes.append(("stands", entry.pk))
        except services.StaleView as stale:
            outcomes.append(("told", stale.entries[0].pk))
        finally:
            connection.close()

    deciding = [
        Thread(target=decide, args=(room.member.user, "1")),
        Thread(target=decide, args=(colleague.user, "2")),
    ]
    for thread in deciding:
        thread.start()
    for thread in deciding:
        thread.join()

    (entry,) = room.first.ledger.all()
    assert sorted(outcomes) == [("stands", entry.pk), ("told", entry.pk)]
