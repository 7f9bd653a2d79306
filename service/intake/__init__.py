"""Intake (受理前の読み取り): bytes that an applicant gives become one `ReadFiling`, in memory only.

Promises: what was read says from where it came; what could not be read is a `Loss` with its position; what is not an
application is refused by a name that says what it is. Nothing is written, no address is opened, no entity of a
document is expanded.
Does not promise: that the document is true, complete in law, or harmless to another program that opens the kept
source.
"""
