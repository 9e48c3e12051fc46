#!/bin/bash
# build.sh DIR
# Builds kube-apiserver, kube-controller-manager, kube-scheduler, kubelet and kubectl
# from the Go module k8s.io/kubernetes, and the pause image, into DIR. Keeps what is
# there in the right version. It takes minutes and 3 GB of build cache the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
version=$(sed -n 's/^require k8s.io\/kubernetes //p' "$here/kubernetes/go.mod")
mkdir -p "$bin"
if [ "$("$bin/kubelet" --version 2>/dev/null | cut -d' ' -f2)" != "$version" ] || [ ! -x "$bin/kubectl" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cp "$here"/kubernetes/{go.mod,go.sum,tools.go} "$work"
	server=k8s.io/component-base/version client=k8s.io/client-go/pkg/version
	minor=${version#v1.}
	flags="-X $server.gitVersion=$version -X $server.gitMajor=1 -X $server.gitMinor=${minor%%.*} -X $client.gitVersion=$version"
	(cd "$work" && CGO_ENABLED=0 GOFLAGS=-mod=mod nice -n 19 go build -trimpath -ldflags "-s -w $flags" -o "$bin/" \
		k8s.io/kubernetes/cmd/{kubelet,kube-apiserver,kube-controller-manager,kube-scheduler,kubectl})
fi
if [ ! -f "$bin/pause.tar" ]; then
	pause=$(mktemp -d)
	gcc -O2 -static -o "$pause/pause" "$here/kubernetes/pause.c"
	bash "$here/../mkimage.sh" local/pause:1 "$bin/pause.tar" /pause 65535 "$pause/pause:pause" >/dev/null
	rm -r "$pause"
fi
ls -l "$bin"
