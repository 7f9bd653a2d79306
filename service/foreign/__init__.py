"""Foreign applications: the prior confirmation of ESPA 79 (事前確認) as a kind of case, and Art. 78 asked of a case."""
