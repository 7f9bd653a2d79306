"""The screening desk (第一次審査, Art. 66): the officer's decision beside the rule's suggestion, its figures, the stay.

What must hold: the rule suggests, a person decides; both are kept, sealed, and where they differ it is counted. A result is never written
over. Not promised: that a person looked closely.
"""
