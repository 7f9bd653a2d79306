"""Weaker binding, planted to see that the attacks of P8 find it: each leaves one thing out of what a ciphertext or a wrap is bound to."""

from collections.abc import Callable
from typing import Any

import pytest

from service.keyholder import keys
from service.keyholder.keys import DoesNotUnwrap
from service.sealing import chunked, envelope
from service.sealing.envelope import Place
from service.sealing.wrap import LabelKey, NoSuchKey, WrongRoot
from tests.attacks.oracle_envelope import listed

Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]
Change = Callable[[list[bytes]], list[bytes]]
FAULTS: dict[str, Fault] = {}
CONTEXT = {"root": 2, "kind": 3, "case": 4, "part": 5, "code": 6, "version": 7}
INFO = {"root": 1, "label": 2, "compartment": 3, "key id": 4, "epoch": 5, "place": 6}


def parted(data: bytes) -> list[bytes]:
    """The fields of a length-prefixed list."""
    out, at = [], 4
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "big")
        out.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return out


def without(*places: int) -> Change:
    return lambda fields: [b"" if n in places else f for n, f in enumerate(fields)]


def in_content(change: Change, encode: Callable[..., bytes] = listed) -> Fault:
    """The context of the ciphertext alone is weaker."""

    def weaken(patch: Patch) -> None:
        seal, opens = chunked.seal_message, chunked.open_message
        less = lambda context: encode(*change(parted(context)))
        patch.setattr(chunked, "seal_message", lambda key, context, message: seal(key, less(context), message))
        patch.setattr(chunked, "open_message", lambda key, context, sealed: opens(key, less(context), sealed))

    return weaken


def in_wrap(change: Change, inner: Change = list, encode: Callable[..., bytes] = listed) -> Fault:
    """The info of the wrap alone is weaker: `change` its own fields, `inner` those of the place within it."""

    def weaken(patch: Patch) -> None:
        real = LabelKey.info

        def info(self: LabelKey, place: Place) -> bytes:
            *own, context = parted(real(self, place))
            return encode(*change([*own, encode(*inner(parted(context)))]))

        patch.setattr(LabelKey, "info", info)

    return weaken


def opening(attempt: Callable[[Any, Any, Place], bytes]) -> Fault:
    return lambda patch: patch.setattr(keys, "open_data_key", attempt)


def _joined(*values: bytes) -> bytes:
    return b"".join(values)


def _first_half(place: int) -> Change:
    return lambda fields: [f[:8] if n == place else f for n, f in enumerate(fields)]


def _last_byte(place: int) -> Change:
    return lambda fields: [f[-1:] if n == place else f for n, f in enumerate(fields)]


def _any_order(fields: list[bytes]) -> list[bytes]:
    return sorted(fields)


def _small_letters(fields: list[bytes]) -> list[bytes]:
    return [f.lower() if n == 6 else f for n, f in enumerate(fields)]


def _trimmed(fields: list[bytes]) -> list[bytes]:
    return [f.strip() if n == 6 else f for n, f in enumerate(fields)]


for _name, _n in CONTEXT.items():
    FAULTS[f"the ciphertext is not bound to its {_name}"] = in_content(without(_n))
    if _name != "root":
        FAULTS[f"the wrap is not bound to its {_name}"] = in_wrap(list, without(_n))
FAULTS |= {
    "the wrap is not bound to its root": in_wrap(without(INFO["root"]), without(CONTEXT["root"])),
    "the wrap is bound to no place": in_wrap(without(INFO["place"], INFO["root"])),
    "the wrap is bound to nothing": in_wrap(lambda fields: []),
    "the ciphertext is bound to nothing": in_content(lambda fields: []),
    "a wrap says neither label nor key": in_wrap(without(INFO["label"], INFO["compartment"], INFO["key id"])),
    "a wrap says neither compartment nor key": in_wrap(without(INFO["compartment"], INFO["key id"])),
    "a wrap says neither epoch nor key": in_wrap(without(INFO["epoch"], INFO["key id"])),
    "the ciphertext's fields are joined": in_content(list, _joined),
    "the wrap's fields are joined": in_wrap(list, list, _joined),
    "half a case's id in the ciphertext": in_content(_first_half(CONTEXT["case"])),
    "half a part's id in the wrap": in_wrap(list, _first_half(CONTEXT["part"])),
    "versions of one byte in the ciphertext": in_content(_last_byte(CONTEXT["version"])),
    "versions of one byte in the wrap": in_wrap(list, _last_byte(CONTEXT["version"])),
    "the ciphertext's fields in any order": in_content(_any_order),
    "the wrap's fields in any order": in_wrap(list, _any_order),
    "codes in small letters": in_content(_small_letters),
    "codes trimmed in the wrap": in_wrap(list, _trimmed),
}


def _unchecked(vault: Any, row: Any, place: Place, *, label: bool = False, compartment: bool = False) -> bytes:
    """open_data_key that looks at only one of the row's columns, or at none."""
    try:
        key = vault.label_keys().by_id(row.key_id)
        info = key.info(place)
    except (NoSuchKey, WrongRoot):
        raise DoesNotUnwrap from None
    if (label and key.label != row.label) or (compartment and key.compartment != row.compartment):
        raise DoesNotUnwrap
    return bytes(vault.unwrap(row.key_id, row.wrapped, info))


def _any_key(vault: Any, row: Any, place: Place) -> bytes:
    for key in vault.label_keys():
        try:
            return bytes(vault.unwrap(key.key_id, row.wrapped, key.info(place)))
        except DoesNotUnwrap:
            continue
    raise DoesNotUnwrap


def _remembered(patch: Patch) -> None:
    """Data keys are kept by place and label, and given again without a look at the wrap."""
    real, kept = keys.open_data_key, dict[object, bytes]()

    def attempt(vault: Any, row: Any, place: Place) -> bytes:
        known_as = (place, row.label, row.compartment)
        if known_as not in kept:
            kept[known_as] = real(vault, row, place)
        return kept[known_as]

    patch.setattr(keys, "open_data_key", attempt)


def _key_is_enough(patch: Patch) -> None:
    """The ciphertext opens under its key wherever it lies: the opener tries the places it has seen."""
    real, seen = envelope.open_sealed, list[Place]()

    def attempt(sealed: bytes, key: bytes, place: Place) -> bytes:
        if place not in seen:
            seen.append(place)
        for one in (place, *seen):
            try:
                return real(sealed, key, one)
            except chunked.DoesNotOpen:
                continue
        raise chunked.DoesNotOpen

    patch.setattr(envelope, "open_sealed", attempt)


FAULTS |= {
    "the row's label is not compared": opening(lambda v, r, p: _unchecked(v, r, p, compartment=True)),
    "the row's compartment is not compared": opening(lambda v, r, p: _unchecked(v, r, p, label=True)),
    "neither is compared": opening(_unchecked),
    "whichever key fits": opening(_any_key),
    "data keys are remembered by place": _remembered,
    "the opener tries other places": _key_is_enough,
}
