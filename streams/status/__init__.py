"""Status: fold every result into the section's log, one row per item, and notice rows that stand still."""
