#!/bin/sh
# Backs up Hozen while it runs. Two halves, by two users, to two places that never meet: what the database holds is ciphertext, and what
# the keyholder holds opens it. Take the keys first, then the database: a keyholder that is ahead of its database refuses to sign.
#
#   backup.sh keys VAULT STATE PUBLIC_KEYS TARGET   as the keyholder's user: vault, its own store, public keys
#   backup.sh database SOCKET_FOLDER TARGET         as a user who comes in by peer as hozen_backup (replication): the whole cluster, with its log
#
# TARGET must not be there yet. PGPORT, PGUSER: PostgreSQL's own settings. deploy/BACKUP.md says how to restore, and what is lost.
set -eu
umask 077

fail() { echo "backup.sh: $*" >&2; exit 2; }

[ $# -ge 1 ] || fail "keys VAULT STATE PUBLIC_KEYS TARGET | database SOCKET_FOLDER TARGET"
case $1 in
keys)
    [ $# -eq 5 ] || fail "keys VAULT STATE PUBLIC_KEYS TARGET"
    vault=$2 state=$3 public=$4 target=$5 part=$5.part
    [ ! -e "$target" ] || fail "$target is there already"
    rm -rf "$part"
    mkdir "$part" "$part/vault" "$part/state"
    cp "$vault/vault.json" "$part/vault/"
    cp "$public" "$part/public-keys.json"
    # The store changes with every checkpoint; its mark in the vault names the SHA-256 of the one file it belongs to.
    tries=0
    while :; do
        cp "$state/state" "$part/state/"
        cp "$vault/mark" "$part/vault/"
        named=$(od -An -v -tx1 -j8 -N32 "$part/vault/mark" | tr -d ' \n')
        [ "$named" != "$(sha256sum <"$part/state/state" | cut -c1-64)" ] || break
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || fail "the store does not rest long enough; try again with less load"
    done
    (cd "$part" && find . -type f ! -name SHA256SUMS -print | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
    sync "$part"/* "$part"
    mv -T "$part" "$target"
    ;;
database)
    [ $# -eq 3 ] || fail "database SOCKET_FOLDER TARGET"
    socket=$2 target=$3 part=$3.part
    [ ! -e "$target" ] || fail "$target is there already"
    rm -rf "$part"
    pg_basebackup --host="$socket" --username="${PGUSER:-hozen_backup}" --no-password --pgdata="$part" \
        --format=plain --wal-method=stream --checkpoint=fast --manifest-checksums=SHA256
    mv -T "$part" "$target"
    ;;
*) fail "keys or database, not $1" ;;
esac
