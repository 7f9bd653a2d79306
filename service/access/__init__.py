"""Who may do what: persons and their works as facts say, decisions as the policies of `policies/access/` say, and nothing else.

`people` makes a person and his relation to a case of opened facts; `things` is what a question can be about; `decide` asks the policies;
`visible` narrows lists; `sections` is the rule of first assignments; `identity` reads tokens.
"""
