"""The record: what every touch leaves behind, and how anyone proves offline that none of it was changed.

leaf.py says what a record is, tree.py is RFC 6962, checkpoint.py the signed head, writer.py makes records durable, sequencer.py gives
them their place, bundle.py exports them, verify.py is the auditor's own program. Not promised: that a record which was never written
is missed; that is the keyholder's part (no key before a durable record).
"""
