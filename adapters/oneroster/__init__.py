"""OneRoster 1.1 and 1.2 as the systems that speak it share it (reference/sis-apis.md section 6).

calls.py      signed calls, error bodies, pages, what a status means
mapping.py    items, scores and ids, and how one system's dialect differs; pure
client.py     the calls of passback by their standard names
adapter.py    an adapter whose ids are ours
directory.py  categories and marking periods
checks.py     the self-test
"""
