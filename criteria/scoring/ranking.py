from enum import StrEnum


class RankBy(StrEnum):
    UNROUNDED = "unrounded"
    PRINTED = "printed"


class Ties(StrEnum):
    SKIP = "1-1-3"
    DENSE = "1-1-2"
