"""Measures of the flow against plain peers on the same broker in the same run. `python -m tests.bench [NAME ...]`

    core      change events consumed, validated, routed, told and folded into acknowledged status rows
    latency   publish -> status row at a steady rate
    restore   rows of state and of the status table read back at an assignment
    delivery  a burst into each of seven doors, against the least time and calls possible, beside a loop and a pool
    click     a teacher's click to the last Successful of a section, into each of seven doors

Each prints one JSON object per line; docs/performance.md keeps the figures and the machine.
"""
