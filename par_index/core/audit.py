"""The log of acts: who did what to what, and when. Written in the act's own transaction; nobody changes it."""

from datetime import datetime

from par_index.core.models import AuditEntry


def record(*, action: str, by, at: datetime, target: str = "", **detail) -> AuditEntry:
    """
    Log one act. `action` is a dotted verb such as `cycle.step_closed`, `target` names the object in stable words
    (`cycle 2025`), `detail` holds plain JSON values. `by` is None for the system itself.
    """
    return AuditEntry.objects.create(at=at, actor=by, action=action, target=target[:200], detail=detail)
