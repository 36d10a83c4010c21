import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from par_index.core import audit
from par_index.core.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_record_keeps_who_what_when_and_details(at):
    officer = get_user_model().objects.create(username="officer")
    audit.record(action="cycle.opened", by=officer, at=at, target="cycle 2025", reason="đúng hạn")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.at, entry.action, entry.target) == (officer, at, "cycle.opened", "cycle 2025")
    assert entry.detail == {"reason": "đúng hạn"}


def test_record_vanishes_with_the_act_that_is_rolled_back(at):
    with transaction.atomic():
        audit.record(action="cycle.opened", by=None, at=at)
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0
