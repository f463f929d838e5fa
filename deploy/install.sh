#!/bin/sh
# Installs Daylight (阳光监察) on this machine, or puts a new binary in place. May be run again at any time: it never
# overwrites configuration or data. Needs root and no network.
#
#   sh deploy/install.sh [PATH/TO/daylight]        default: target/release/daylight beside this folder
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
binary=${1:-$here/../target/release/daylight}
sample=$here/../config
user=daylight
etc=/etc/daylight
var=/var/lib/daylight
bin=/usr/local/bin/daylight
unit=/etc/systemd/system/daylight.service

say() { printf '%s\n' "$*"; }
fail() {
  printf '错误：%s\n' "$*" >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail "请以 root 运行"
[ -f "$binary" ] || fail "没有程序文件 $binary；先执行 cargo build --release，或在参数中给出路径"
# A file for another kind of processor is found out here, not at the next start.
version=$("$binary" --version) || fail "$binary 不能在本机运行（$(uname -m)）"

if ! getent passwd "$user" >/dev/null; then
  useradd --system --user-group --home-dir "$var" --no-create-home --shell /usr/sbin/nologin "$user"
  say "已创建用户 $user"
fi

install -d -m 0750 -o root -g "$user" "$etc"
install -d -m 0750 -o "$user" -g "$user" "$var" "$var/drop"

if [ -e "$etc/daylight.toml" ]; then
  say "保留已有的配置 $etc"
else
  # A place that was half made by hand is left as it is.
  [ -z "$(ls -A "$etc")" ] || fail "$etc 不是空的，但没有 daylight.toml；请先整理"
  [ -f "$sample/daylight.toml" ] || fail "没有样例配置 $sample"
  part=$(mktemp -d "$etc.new.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  for one in daylight.toml secrets.toml departments catalogue calendar rules; do
    cp -R "$sample/$one" "$part/"
  done
  mkdir -p "$part/trust"
  # The sample's departments are examples: nothing is pulled until somebody says so. Data lies where the unit may write.
  sed -i 's|^folder = "\.\./data"|folder = "/var/lib/daylight"|' "$part/daylight.toml"
  for one in "$part"/departments/*.toml; do
    sed -i -e 's|^phase = "live"|phase = "planned"|' -e 's|^path = "drop/|path = "/var/lib/daylight/drop/|' \
      -e 's|^url = "sqlite:\.\./data/|url = "sqlite:/var/lib/daylight/|' "$one"
  done
  install -d -m 0750 -o "$user" -g "$user" "$var/drop/housing"
  find "$part" -type d -exec chmod 0750 {} +
  find "$part" -type f -exec chmod 0640 {} +
  chown -R "root:$user" "$part"
  chown "$user:$user" "$part/secrets.toml"
  chmod 0600 "$part/secrets.toml"
  # daylight.toml last: with it the place counts as made.
  for one in secrets.toml departments catalogue calendar rules trust daylight.toml; do
    mv "$part/$one" "$etc/"
  done
  say "已放入样例配置 $etc：部门都是 planned，密钥都要更换"
fi

# Beside and then over it: a running service keeps the file it has.
if [ -f "$bin" ] && ! cmp -s "$binary" "$bin"; then
  cp -p "$bin" "$bin.before"
  say "旧程序保留为 $bin.before"
fi
install -m 0755 -o root -g root "$binary" "$bin.new"
mv -f "$bin.new" "$bin"
say "已安装 $version：$bin"

install -d -m 0755 /usr/local/share/doc/daylight
install -m 0644 "$here/README.md" "$here/nginx.conf" /usr/local/share/doc/daylight/

if [ ! -e "$unit" ]; then
  install -m 0644 -o root -g root "$here/daylight.service" "$unit"
  say "已安装服务单元 $unit"
elif ! cmp -s "$here/daylight.service" "$unit"; then
  say "服务单元与发行的不同，保留已有的；对照：diff $here/daylight.service $unit"
fi
if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi

say "下一步："
say "  runuser -u $user -- daylight check --config $etc"
say "  systemctl enable --now daylight        # 升级：systemctl restart daylight"
