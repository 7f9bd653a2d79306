"""Pages for people: each is drawn on the server from what the service's own API answers to its reader, and works without a script.

What must hold: a page knows nothing that the API would not tell the same person, and does nothing that the API would not do: it asks the
same routes, in the same process, under the same caller, so that one request has one record. Whatever was said by a person is escaped.
Not here: signing in (the edge gives the caller), and any judgment of a form (forms/checking.py).
"""
