"""Parties to a case: who acts for whom from when to when, who has the right now, and to whom a notice goes."""
