"""Symbol sets made by chance, the same for every seed: from listed codes, their neighbours, and the rest of the IPC."""

import random
from collections.abc import Iterator, Sequence

from tests.law.oracle_screening import Row

ANSWERS = ("", "", "additional=no", "additional=a", "additional=c2", "content=yes", "content=no", "46.content=no")


def representatives(code: str) -> tuple[str, ...]:
    """Symbols that fall under `code`."""
    if "/" in code:
        return (code,)
    if len(code) > 4:
        return f"{code}/00", f"{code}/9899"
    return (f"{code}1/00", f"{code}999/98") if len(code) == 4 else (f"{code}A1/00", f"{code}Z9/98")


def neighbours(code: str) -> tuple[str, ...]:
    """Symbols that look like it and do not fall under `code`."""
    if "/" in code:
        group, _, subgroup = code.partition("/")
        return f"{code}97"[: len(group) + 7], f"{group}/{subgroup[:2]}93", f"{group}7/{subgroup}"
    if len(code) > 4:
        return f"{code}9/00", f"{code[:4]}99/00"
    return (f"{code[:3]}{'Y' if code[3] != 'Y' else 'X'}1/00",) if len(code) == 4 else (f"{code[:2]}9A1/00",)


def pool(rows: Sequence[Row]) -> list[str]:
    """Every symbol the sets are drawn from, sorted."""
    codes = {code for row in rows for group in row.groups for code in group}
    near = {s for code in codes for s in (*representatives(code), *neighbours(code))}
    return sorted(
        near | {"A61K9/00", "G06F17/30", "H01L31/08", "H10F30/21", "F41H3/02", "B63G8/36", "H04L9/32", "C07D307/12"}
    )


def sets(rows: Sequence[Row], count: int, seed: int) -> Iterator[tuple[list[str], str]]:
    """`count` sets of up to eight symbols, each with answers; every third is drawn about one item, to meet it whole."""
    chance = random.Random(seed)
    drawn = pool(rows)
    for n in range(count):
        symbols = [chance.choice(drawn) for _ in range(chance.randint(0, 5))]
        if n % 3 == 0:
            groups = chance.choice(rows).groups
            symbols += [chance.choice(representatives(chance.choice(sorted(group)))) for group in groups]
            chance.shuffle(symbols)
        answers = {chance.choice(ANSWERS) for _ in range(2)} - {""}
        keys = [a.partition("=")[0] for a in answers]
        yield symbols, " ".join(sorted(answers)) if len(set(keys)) == len(keys) else ""
