# Sourced by ./run and ./test: sees to it that programs from Debian are there. Installs them as root, else says what to install.

# need PROGRAM=PACKAGE...: installs the packages of the programs that are missing.
need() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%=*}" ] || missing+=("${pair#*=}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing ${missing[*]} ..."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 \
            || { echo "Could not install: ${missing[*]}. Install them, then try again." >&2; return 1; }
    else
        echo "Missing: ${missing[*]}. Install them (Debian: sudo apt install ${missing[*]}), then try again." >&2
        return 1
    fi
}

need_dotnet() {
    command -v dotnet >/dev/null || { echo "Missing: the .NET 10 SDK, 'dotnet' on the PATH." >&2; return 1; }
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
}

# build CONFIGURATION PROJECT-OR-SOLUTION...: quiet unless it fails.
build() {
    local configuration=$1 log project
    shift
    log=$(mktemp)
    for project in "$@"; do
        if ! dotnet build "$project" -c "$configuration" -v quiet --nologo >"$log" 2>&1; then
            cat "$log" >&2
            rm -f "$log"
            return 1
        fi
    done
    rm -f "$log"
}
