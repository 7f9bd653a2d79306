"""Patent filings under ESPA Chapter V (Art. 66-78): the road, its rules, the acts and what HTTP says of them."""
