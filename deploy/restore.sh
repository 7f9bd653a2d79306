#!/bin/sh
# Puts a backup of deploy/backup.sh back, beside or in place of what was lost. Nothing that is there is ever overwritten.
#
#   restore.sh keys BACKUP VAULT STATE PUBLIC_KEYS   as the keyholder's user
#   restore.sh database BACKUP DATA                  as PostgreSQL's user; DATA is the new data folder
#
# Every file is checked against the backup's own list before it is put into place. Then start PostgreSQL, the keyholder, the web; start the
# worker last: it compares the whole log with what the keyholder signed and refuses (log-behind) where records are missing.
set -eu
umask 077

fail() { echo "restore.sh: $*" >&2; exit 2; }

[ $# -ge 1 ] || fail "keys BACKUP VAULT STATE PUBLIC_KEYS | database BACKUP DATA"
case $1 in
keys)
    [ $# -eq 5 ] || fail "keys BACKUP VAULT STATE PUBLIC_KEYS"
    backup=$2 vault=$3 state=$4 public=$5
    for there in "$vault" "$state" "$public"; do
        [ ! -e "$there" ] || fail "$there is there already"
    done
    (cd "$backup" && sha256sum --strict --quiet -c SHA256SUMS) || fail "the backup is damaged"
    cp -rT "$backup/vault" "$vault"
    cp -rT "$backup/state" "$state"
    cp "$backup/public-keys.json" "$public"
    chmod 644 "$public"
    ;;
database)
    [ $# -eq 3 ] || fail "database BACKUP DATA"
    backup=$2 data=$3
    [ ! -e "$data" ] || fail "$data is there already"
    for folder in /usr/lib/postgresql/*/bin; do
        PATH=$PATH:$folder
    done
    pg_verifybackup --exit-on-error --quiet "$backup" || fail "the backup is damaged"
    cp -rpT "$backup" "$data.part"
    chmod 700 "$data.part"
    sync "$data.part"
    mv -T "$data.part" "$data"
    ;;
*) fail "keys or database, not $1" ;;
esac
