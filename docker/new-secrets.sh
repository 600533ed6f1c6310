#!/bin/sh
# Makes the secrets of compose.yaml in docker/secrets/, once: a random password and the database URL that contains it.
#
# The files are readable for everybody, as the containers' users must read them; the folder is closed to others.
set -eu
cd "$(dirname "$0")"

if [ -e secrets ]; then
    echo "docker/secrets/ exists already: nothing changed" >&2
    exit 1
fi
mkdir -m 700 secrets
password=$(od -An -v -N 24 -t x1 /dev/urandom | tr -d ' \n')
umask 333
printf '%s' "$password" > secrets/postgres_password
printf 'postgresql://gatehouse:%s@postgres:5432/gatehouse' "$password" > secrets/database_url
echo "Made docker/secrets/postgres_password and docker/secrets/database_url" >&2
