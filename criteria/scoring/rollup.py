from enum import StrEnum


class NoSurvey(StrEnum):
    STOP = "stop"
    RESCALE = "rescale"
    ZERO = "zero"
