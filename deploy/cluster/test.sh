#!/bin/bash
# test.sh: builds what a cluster takes, starts one, and runs the test in it.
# Exit code 4: this machine cannot run a cluster, and it was said why.
set -euo pipefail
cd "$(dirname "$0")"
bash kube.sh check || exit 4
export KUBE_BIN=${KUBE_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/sgidcheck-kubernetes}
bash build.sh "$KUBE_BIN"
work=$(mktemp -d)
# clean ends the cluster where the test did not come to it, and puts back what it changed.
clean() {
	[ -z "${tested:-}" ] || kill "$tested" 2>/dev/null || true
	if [ -s "$KUBE_DIR/pid" ] && kill -0 "$(cat "$KUBE_DIR/pid")" 2>/dev/null; then bash kube.sh down || true; fi
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
export KUBE_DIR=$work/cluster CLUSTER_TEST=1 CLUSTER_IMAGE=$work/image.tar CLUSTER_BINARY=$work/sgidcheck
bash ../image.sh sgidcheck:cluster-test "$CLUSTER_IMAGE"
go build -o "$CLUSTER_BINARY" ../../cmd/sgidcheck
go test -count=1 -timeout 20m -v . & # a signal is heard while it runs
tested=$!
wait "$tested"
