"""The sample district: one school, 12 sections, 300 students, about 220 items, some of them awkward on purpose.

    subjects.toml           sections, categories, titles                cases.toml    what is awkward about which item
    calendar, plan          -> a PlannedSection per section, due dates and awkward cases applied
    roster, scores          -> students and their scores; chance is a hash of the ids, so every run is the same
    events, sis, expected   -> what an LMS would publish, how the simulated SIS starts, what must come of it

`python -m deploy.local.sample` writes deploy/config/sample anew; `--check` only compares. Ids are made up and
nobody has a name. The first section is a real class: deploy/config/sample/real_class.jsonl (its origin: README.md
beside it).
"""
