"""A ciphertext that plain AES-GCM opens under two keys, made by arithmetic in GF(2^128): the tag equation of both keys
is linear in one ciphertext block, so that one block chosen makes a common tag valid for both.
"""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_R = 0xE1 << 120


def two_key_ciphertext(keys: list[tuple[bytes, bytes]], blocks: int = 63) -> tuple[bytes, list[bytes]]:
    """Ciphertext and tag valid under both (key, nonce) pairs, and what it opens to under each.

    With H_i the hash key, E_i the tag's mask and L the length block, tag_i = sum_j C_j H_i^(m+1-j) + L H_i + E_i over
    the m blocks C_1..C_m. All blocks but the last are given; the last one, C_m, is solved from tag_1 = tag_2.
    """
    fixed = [int.from_bytes(bytes([j]) * 16, "big") for j in range(1, blocks)]
    length = blocks * 128  # no associated data: 64 zero bits, then the length in bits
    sides = []
    for key, nonce in keys:
        h = int.from_bytes(_block(key, bytes(16)), "big")
        mask = int.from_bytes(_block(key, nonce + b"\x00\x00\x00\x01"), "big")
        y = 0
        for block in fixed:
            y = _mul(y ^ block, h)
        # tag = ((y + C_m) h + L) h + mask
        rest = _mul(_mul(y, h) ^ length, h) ^ mask
        sides.append((_mul(h, h), rest))
    (square_1, rest_1), (square_2, rest_2) = sides
    last = _mul(rest_1 ^ rest_2, _inverse(square_1 ^ square_2))
    tag = _mul(last, square_1) ^ rest_1
    assert tag == _mul(last, square_2) ^ rest_2
    body = b"".join(block.to_bytes(16, "big") for block in [*fixed, last])
    return body + tag.to_bytes(16, "big"), [_ctr(key, nonce, body) for key, nonce in keys]


def _block(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def _ctr(key: bytes, nonce: bytes, body: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(nonce + b"\x00\x00\x00\x02")).decryptor().update(body)


def _mul(x: int, y: int) -> int:
    """Multiplication in GCM's field (SP 800-38D, 6.3): bit 0 is the most significant."""
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (_R if y & 1 else 0)
    return z


def _inverse(x: int) -> int:
    """x^(2^128 - 2)."""
    result, power = 1 << 127, x
    for i in range(128):
        if i:
            result = _mul(result, power)
        power = _mul(power, power)
    return result
