"""The keyholder: the only process that can open what the rest of the service seals.

What it promises
- Private keys live in its vault and in its memory only; `keys.unwrap` is the one place where a data key is unwrapped.
- A fact that opens content (who a token's subject is, an office, a clearance, a compartment, an assignment, a grant) is
  one only with the keyholder's authenticator, for that person and case, in the person's present epoch (`facts`).
- Its own small store (`state`) is authenticated, is never silently older than its last acknowledged write, and knows
  each person's epoch, so that a fact put back after a revocation is none.
- Demo and real never mix: every derived key and every context holds the root's id, which states its kind.

What it does not promise
- Secrecy from root on its own host while it runs, or from who holds vault file and passphrase.
- Detection, by itself alone, of a whole host put back to an older image (vault folder and state folder together): the
  outside witness of the log and any later receipt do that.

Modules: `vaults` (private keys at rest), `keys` (derivation, unwrapping, re-wrapping), `facts`, `state`, `frames` (the
wire), `client` (what web and worker call), `batch` (micro-batches), `server` (the release protocol).
"""
