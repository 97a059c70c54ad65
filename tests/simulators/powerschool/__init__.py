"""PowerSchool SIS: its own ``/ws/xte`` gradebook API, from sis-apis section 1.

Readings of what the reference leaves open [I], beside those each module names:

* assignment ids, assignment-section ids and score ids come from ranges of their own, so that a mix-up never
  hits something by chance;
* unknown query arguments are ignored, and so are fields of the read shape in a write; every other unknown field
  in a body is 400;
* rights are columns (``assignment.createdbyplugin``): ``denied`` takes columns, whole tables (``assignment``) or
  one call (``PUT /ws/xte/score``).

Left out, since passback has no use for it: PowerQueries, event subscriptions, grade scales, standards.
"""
