"""The demo: invented people, invented documents, an issuer of tokens, and the walk through the whole house.

Everything here is for a demo root only. A demo root's keys, tokens and data can never be opened by a real root, nor the other way round.
"""
