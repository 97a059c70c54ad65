"""Reading a topic without a group: to keep up with it (Follower), or a range of it and then stop (read_range)."""

from streams.follow.client import Bound, TopicAbsent
from streams.follow.follower import Follower
from streams.follow.positions import PartitionProgress, Positions, Progress
from streams.follow.ranges import RangeStalled, Read, read_range

__all__ = [
    "Bound",
    "Follower",
    "PartitionProgress",
    "Positions",
    "Progress",
    "RangeStalled",
    "Read",
    "TopicAbsent",
    "read_range",
]
