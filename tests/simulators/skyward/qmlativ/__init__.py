"""Qmlativ: the Generic API, and the OneRoster door beside it (sis-apis 3C and 3D).

Base ``/{code}/API`` (``/API`` alone when there is one district). Token ``POST {base}/oauth/token``: client
credentials of ``auth.oauth2``, as Basic or in the form; scopes are only for OneRoster and may be left out [I].

Generic, with ``entityId`` 1 for the district or the number of a school::

    GET  {base}/Generic/{entityId}/{Module}/{Object}/{page}/{pageSize}     {"Objects": [...]}, page from 1 [I]
    POST the same with a search body (see search)
    GET  {base}/Generic/{entityId}/{Module}/{Object}/{id}?searchFields=Name,DueDate
    PUT  {base}/Generic/{entityId}/{Module}/{Object}                       creates; the object comes back [I]
    POST {base}/Generic/{entityId}/{Module}/{Object}/{id}                  updates the fields given [I]
    DELETE .../{id}?ignoreWarnings=true                                    without it, 400 while there are scores [I]

Refusals are ``{"Message": text}``; a token that is not good is 403, so is a right that is missing; no token at all
is 401 [I].  A body is flat: the fields of the object.  Objects of module Gradebook are those of the reference;
sections, people, periods and days have no module there and answer under any [I].

Seed, beside what all systems share: ``numbers`` (ids), ``codes`` (categories), and::

    clarifiers      [{"code", "description", "missing": false, "noCount": false}]
                    default EX (no count), M (missing), L (Late) and I (Incomplete)
    denied          "Assignment", or "Assignment.create" (list, read, create, update, delete): 403
    switches        "qmlativ_sync_key": true        AssignmentSyncKey is kept and can be searched
                    "qmlativ_second_row": "refuse"  a second PUT for one student and assignment; or "update"
                    "qmlativ_rows": "on_demand"     or "with_assignment": a row for each student comes with it
                    "qmlativ_create_reply": "object" or "id": only the new id
                    "qmlativ_extension_days": 0     GradingPeriodEditExtensionDays: a locked period stays open for
                                                    so many days after its last
                    "qmlativ_calendar_closes": false  true: a period also closes by the district's clock
"""
