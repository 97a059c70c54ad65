"""The flow.

    LMS -> gradebook.changes -> intake -> sis.<system> -> delivery (adapters) -> sync.results -> status -> sync.status

`app` is the wiring; `intake/` folds, validates and routes; `status/` keeps the section logs; `rules/` are pure; `web/`
serves the logs; `replay` re-syncs from topics. The runtime that makes Faust honest: `worker`, `batching`, `commits`,
`outbox`, `delivery`, `restore`.
"""
