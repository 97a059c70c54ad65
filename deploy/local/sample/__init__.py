"""The sample districts: a large one on eSchoolPLUS and a small one on each other system, some items awkward on purpose.

    subjects.toml           the large one: sections, categories, titles   cases.toml    what is awkward about which item
    small.toml              the same of the small ones, with their cases   doors         how each system is reached
    calendar, plan          -> a PlannedSection per section, due dates and awkward cases applied
    districts               -> a SampleDistrict per system
    roster, scores          -> students and their scores; chance is a hash of the ids, so every run is the same
    events, district, sis, expected   -> what an LMS would publish, the configuration, how the simulated SIS starts,
                            what must come of it

`python -m deploy.local.sample` writes deploy/config/sample anew; `--check` only compares. Ids are made up and
nobody has a name. The first section is a real class: deploy/config/sample/real_class.jsonl (its origin: README.md
beside it).
"""
