"""Links between filings: divisional, converted, domestic priority, the same matter."""
