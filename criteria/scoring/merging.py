from enum import StrEnum


class Stage(StrEnum):
    SELF = "self"
    ROUND_1 = "round_1"
    EXPLANATION = "explanation"
    ROUND_2 = "round_2"
    MEETING = "meeting"
