#!/usr/bin/env bash
# Makes PostgreSQL (127.0.0.1:5432), MariaDB (127.0.0.1:3306) and Redis (127.0.0.1:6379) answer: nothing to do where they
# do, else starts what is installed, else installs it from Debian's packages. memcached is installed only: each test starts
# one of its own. Exits 1, naming it, without one of them.
set -uo pipefail

readonly address=127.0.0.1
readonly postgres_port="${CI_POSTGRES_PORT:-5432}"
readonly mariadb_port="${CI_MARIADB_PORT:-3306}"
readonly redis_port="${CI_REDIS_PORT:-6379}"
readonly answer_seconds=60
readonly install_seconds=600

say() { printf 'services: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# bash knows /dev/tcp, so that this needs no client.
listens() {
  timeout 5 bash -c ": </dev/tcp/$address/$1" 2>/dev/null
}

# Ends with status 1 when the command still fails after the deadline.
wait_for() {
  local deadline=$((SECONDS + answer_seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 0.2
  done
}

apt_updated=
install_packages() {
  say "installing $*"
  if [ -z "$apt_updated" ]; then
    as_root timeout "$install_seconds" apt-get update -qq >&2 || return 1
    apt_updated=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive timeout "$install_seconds" \
    apt-get install -y -qq --no-install-recommends "$@" >&2
}

newest_cluster() {
  find /etc/postgresql -mindepth 2 -maxdepth 2 -type d -name main -printf '%P\n' 2>/dev/null \
    | cut -d/ -f1 | sort -V | tail -n 1
}

postgres_query() {
  PGCONNECT_TIMEOUT=5 psql -w -h "$address" -p "$postgres_port" -U postgres -d "$1" -Atqc "$2" </dev/null
}

postgres_answers() {
  [ "$(postgres_query test 'SELECT 1' 2>/dev/null)" = 1 ]
}

# Everybody on this machine may connect as anybody.
trust_postgres() {
  local version="$1" hba="/etc/postgresql/$1/main/pg_hba.conf"
  as_root sed -i -E 's/^(host\s+all\s+all\s+(127\.0\.0\.1\/32|::1\/128)\s+)\S+.*$/\1trust/' "$hba" || return 1
  as_root pg_ctlcluster --skip-systemctl-redirect "$version" main reload >&2
}

start_postgres() {
  local version
  version="$(newest_cluster)"
  if [ -z "$version" ] || ! command -v pg_ctlcluster >/dev/null; then
    listens "$postgres_port" && return 1
    install_packages postgresql postgresql-client || return 1
    version="$(newest_cluster)"
    [ -n "$version" ] || return 1
  fi
  if ! listens "$postgres_port"; then
    say "starting PostgreSQL $version"
    as_root pg_ctlcluster --skip-systemctl-redirect "$version" main start >/dev/null 2>&1 </dev/null
    wait_for listens "$postgres_port" || return 1
  fi
  if ! wait_for_query postgres; then
    trust_postgres "$version" || return 1
    wait_for postgres_query postgres 'SELECT 1' || return 1
  fi
  if [ "$(postgres_query postgres "SELECT 1 FROM pg_database WHERE datname = 'test'")" != 1 ]; then
    postgres_query postgres 'CREATE DATABASE test' || return 1
  fi
  wait_for postgres_answers
}

# A server that is starting refuses everybody for a moment; one that wants a password will go on wanting it.
wait_for_query() {
  local deadline=$((SECONDS + answer_seconds)) message
  while [ "$SECONDS" -lt "$deadline" ]; do
    message="$(LC_ALL=C postgres_query "$1" 'SELECT 1' 2>&1 >/dev/null)" && return 0
    case "$message" in *password* | *authentication* | *pg_hba*) return 1 ;; esac
    sleep 0.2
  done
  return 1
}

mariadb_query() {
  timeout 10 mariadb --protocol=tcp --connect-timeout=5 -h "$address" -P "$mariadb_port" -u root --skip-password \
    -N -B -e "$1" </dev/null
}

mariadb_answers() {
  [ "$(mariadb_query 'SELECT 1 FROM information_schema.schemata WHERE schema_name = "test"' 2>/dev/null)" = 1 ]
}

# Over the server's own socket root needs no password, whatever it needs over TCP.
mariadb_as_root() {
  as_root timeout 10 mariadb --protocol=socket -u root -N -B -e "$1" </dev/null
}

start_mariadb() {
  if ! command -v mariadbd >/dev/null && ! [ -x /usr/sbin/mariadbd ]; then
    listens "$mariadb_port" && return 1
    install_packages mariadb-server mariadb-client || return 1
  fi
  if ! listens "$mariadb_port"; then
    say 'starting MariaDB'
    as_root install -d -o mysql -g mysql /run/mysqld || return 1
    as_root start-stop-daemon --start --oknodo --background --exec /usr/sbin/mariadbd \
      >/dev/null 2>&1 </dev/null
    wait_for listens "$mariadb_port" || return 1
  fi
  mariadb_answers && return 0
  if ! mariadb_query 'SELECT 1' >/dev/null 2>&1; then
    wait_for mariadb_as_root 'SELECT 1' || return 1
    mariadb_as_root "ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('') OR unix_socket" \
      || return 1
  fi
  mariadb_query 'CREATE DATABASE IF NOT EXISTS test' || return 1
  wait_for mariadb_answers
}

redis_answers() {
  local answer
  answer="$(timeout 5 bash -c "exec 3<>/dev/tcp/$address/$redis_port && printf 'PING\r\n' >&3 && head -n 1 <&3" 2>/dev/null)"
  [ "${answer%$'\r'}" = +PONG ]
}

start_redis() {
  command -v redis-server >/dev/null || install_packages redis-server || return 1
  # Installing may have started it.
  if ! listens "$redis_port"; then
    say 'starting Redis'
    redis-server --daemonize yes --bind "$address" --port "$redis_port" --save '' --appendonly no \
      >/dev/null 2>&1 </dev/null
  fi
  wait_for redis_answers
}

memcached_runs() {
  memcached --version >/dev/null 2>&1
}

install_memcached() {
  install_packages memcached && memcached_runs
}

status=0
ensure() {
  local name="$1" port="$2" answers="$3" start="$4"
  if "$answers" || "$start"; then
    say "$name answers at $address:$port"
  else
    say "FAILED: $name does not answer at $address:$port as the tests need it, and could not be started or installed"
    status=1
  fi
}

ensure PostgreSQL "$postgres_port" postgres_answers start_postgres
ensure MariaDB "$mariadb_port" mariadb_answers start_mariadb
ensure Redis "$redis_port" redis_answers start_redis
if memcached_runs || install_memcached; then
  say 'memcached is installed'
else
  say 'FAILED: memcached is not installed and could not be'
  status=1
fi
exit "$status"
