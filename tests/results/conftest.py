from datetime import date

import pytest

from assessments.models import Cycle
from par_index.results import services
from par_index.results.models import Publication


@pytest.fixture
def published(at):
    """Take a complete cycle the whole way: `published(cycle)` gives its publication."""

    def publish(cycle: Cycle) -> Publication:
        run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
        services.confirm(consolidation_id=run.pk, by=None, at=at)
        return services.publish(
            consolidation_id=run.pk,
            decision_number="512/QĐ-UBND",
            decision_date=date(cycle.year + 1, 3, 16),
            signer="Chủ tịch UBND tỉnh",
            by=None,
            at=at,
        )

    return publish
