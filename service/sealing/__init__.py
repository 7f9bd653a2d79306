"""The public side of sealing: anyone here can seal, nobody here can open.

What it promises
- A sealed part opens only with its own data key, only whole, and only as the very part it was sealed as: root, kind of
  case, case, part, document code and version are bound into the key derivation (`envelope.Place`).
- A sealed part commits to its data key: a ciphertext that opens under two keys is refused before any decryption.
- A data key is wrapped to the public key of one label (and compartment), for one place. Moved to another part, version,
  label or compartment, or under a changed label column, it does not unwrap.
- Lengths are padded to classes (`envelope.size_class`), so that a stored length tells at most its class.
- No private key is read, held or needed here. `unwrap` lives in `service/keyholder/keys.py` alone; a test reads the
  imports of the whole service to keep it so.

What it does not promise
- Freshness: an older, equally valid version of a row can be put back by the owner of the database. Versions are bound,
  so it shows as the older version; that it is not the newest is for the record (`service/audit`) to show.
- Secrecy from whoever holds the label's private key or the data key, and from the memory of the process that seals.
- The choice of label: a process that seals for a wrong label has sealed for the wrong readers.

Modules: `chunked` (the C2SP chunked-encryption format), `envelope` (our version of it: place, padding, one-shot and
streamed), `wrap` (hybrid HPKE of data keys, and the file of public keys), `encoding` (length-prefixed fields).
"""
