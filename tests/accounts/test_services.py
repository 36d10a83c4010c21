"""Changes to one's own account."""

import pytest

from par_index.accounts import services
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_preferring_a_language_that_the_portal_does_not_speak_is_refused():
    user = UserFactory()

    with pytest.raises(ValueError, match="fr"):
        services.prefer_language(user=user, language="fr")
