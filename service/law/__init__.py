"""The law as data: the tables of policies/law as frozen objects, and pure functions over them."""
