"""What may be synced, and why not: pure rules. Values in, values out; docs/rules.md lists them in order."""
