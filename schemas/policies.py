"""Policies of a district that delivery reads, by the names its file uses; intake's: streams/rules/policies.py."""

from typing import Final

#: Nothing is sent in these hours: "22:00-05:00" by the district's clocks.
QUIET_HOURS: Final = "quiet_hours"
#: Few calls at once in these, on school days; NONE where the system's own do not fit.
PEAK_HOURS: Final = "peak_hours"
#: How many then.
PEAK_CONCURRENCY: Final = "peak_concurrency"
#: "no": scores are sent without reading first what stands in the SIS.
CHECK_SCORES: Final = "check_scores_in_sis"

NONE: Final = "none"
