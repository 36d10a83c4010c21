import pytest
from suite import NOTHING_SELECTED, verdict


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([0, 0], 0),
        ([0, NOTHING_SELECTED], 0),
        ([NOTHING_SELECTED, 0], 0),
        ([1, 0], 1),
        ([0, 1], 1),
        ([2, NOTHING_SELECTED], 2),
        ([NOTHING_SELECTED, NOTHING_SELECTED], 1),
    ],
)
def test_verdict_fails_for_any_failure_and_for_an_empty_run(codes, code):
    assert verdict(codes) == code
