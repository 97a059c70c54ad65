"""The systems: what intake decided is delivered into each district's SIS.

    sis.<system> -> worker -> lane of the district -> protocol: which call next -> adapter -> the SIS
                                                   -> sis.<system>.ledger, sync.results

worker.py owns partitions; lanes.py decides when an item may go; protocol.py, pure, decides what its next call
is; an adapter translates and calls. Nothing here knows the LMS, and `streams` knows nothing of this.
"""
