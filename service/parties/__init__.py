"""Parties to a case, the mandate of those who act for the Commissioner or the Prime Minister, links between cases."""
