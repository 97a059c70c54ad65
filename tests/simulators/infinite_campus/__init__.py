"""Infinite Campus: its dialects of OneRoster 1.1 and 1.2, from sis-apis section 4.

What a seed can say for it, beside what all systems share::

    auth.vendor     {"key", "secret", "expires_on": null, "app_name": null}   the second header [D:IC-CONN];
                    default demo-vendor and demo-vendor-secret.  After ``expires_on`` (a day) it is not accepted
                    [D:IC-LI].  With an ``app_name`` the token address and the newer hosts' address must have it.
                    PATCH of ``auth.vendor`` renews the secret while the district is served.
    limits          page_max defaults to 50000 [D:IC-OR]; title_cap 50, some say 30 [D3:GUIDES]
    denied          operations and endpoints by their OneRoster names, answered 403
    switches        "campus_gradebook_sync": true       false: every gradebook call is 403
                    "campus_schools": null              a list scopes the connection by school [D:IC-LI], else 403
                    "campus_no_grading": []             teachers without grading rights: their sections are 403
                    "campus_unique_titles": true        names are unique in a section [D3:COLUMBUS]
                    "campus_whole_points": true         resultValueMax is a whole number [D3:OTUS-IC]
                    "campus_deletes": true              false: DELETE is 405, teachers delete by hand [D3:SPPS]
                    "campus_user_prefixes": true        1.1 puts s and t before ids of users [D:IC-12]
                    "campus_default_category": null     Non-Campus Assignment Defaults of 1.1 [D:IC-PUSH]

Addresses come after ``/{code}``, which stands for the district's host (or at the root when the simulator has one
district)::

    POST /campus/oauth2/token?appName={app}
    /campus/api/ims/oneroster/gradebook/v1p2/...   /campus/api/ims/oneroster/rostering/v1p2/...
    /campus/api/oneroster/v1p2/{app}/ims/oneroster/gradebook/v1p2/...   (and rostering)
    /campus/api/.../v1p1/...   /campus/.../learningdata/v1/...     any words where the reference has dots; both
                                                                   ``lineItems`` and ``lineitems``
"""
