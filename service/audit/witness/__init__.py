"""The witness: a program of its own, with its own folder, key and administrator, that cosigns a log's head only where the log has grown.

C2SP tlog-witness (`POST /add-checkpoint`) and tlog-cosignature (Ed25519, type 0x04, and ML-DSA-44, type 0x06). The folder, copied alone,
needs Python and `cryptography`; it imports nothing of the service it watches.

What must hold: of one log it never cosigns two heads that contradict each other, nor a smaller one after a larger, whoever asks, also after
a crash: what it cosigned is on disk before the answer leaves. A log of which its memory is gone is refused, and never begun anew.
Not promised: that the log shows everybody what it showed here; that a folder put back to an older copy is noticed by the witness itself.

  python -m witness init FOLDER NAME        new keys; prints the two public key lines that auditors need
  python -m witness trust FOLDER KEYFILE    watch the log with this public key line (name+hash+key)
  python -m witness serve FOLDER HOST:PORT  answer on loopback (TLS and the outside stand before it)
  python -m witness sign FOLDER             one request on standard input, its answer on standard output: for a machine without a network

Here `python -m witness` is also `hozen witness`. Exit codes: 0 done, 1 not cosigned (its status and words on standard error), 2 bad use.
"""
