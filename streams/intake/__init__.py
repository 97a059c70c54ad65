"""Intake: fold each change into the section's state, decide what the SIS should have, tell what was decided."""
