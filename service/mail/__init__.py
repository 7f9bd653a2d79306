"""Mail: that something awaits somebody, and nothing else; whose address it goes to, and the courier who carries it."""
