"""Forms: one JSON Schema for each form and version drives the API, the HTML and the command line.

What must hold: what one channel takes the others take, and what is refused is refused with the same faults at the same fields. A submission
names the version it was made by (`Form.id`); the version is chosen by the legal date. No field is judged anywhere but here.

schema.py has the forms, checking.py the verdict, html.py draws one, post.py reads it back, skeleton.py makes an empty one for an editor.
"""
