#!/bin/bash
# kube.sh — a real Kubernetes of one node on a bare Debian machine, as root: in network,
# mount and PID namespaces of its own, so that nothing it does is reachable from, or
# can reach, outside.
#   kube.sh check | up | down | in COMMAND... | k KUBECTL-ARGUMENTS... | image TAR...
# KUBE_BIN is where build.sh has put the programs, KUBE_DIR the cluster's folder.
# It needs containerd, runc, iptables, containernetworking-plugins, etcd-server,
# openssl, iproute2 and procps of Debian.
set -u
D=${KUBE_DIR:-${TMPDIR:-/tmp}/kube-run}
BIN=${KUBE_BIN:-${TMPDIR:-/tmp}/kube-bin}
export PATH=$BIN:$PATH
IMG=$BIN/pause.tar
IP=10.99.0.1
NODE=node0
S=/run/kube-sandbox/containerd.sock

# check says what keeps this machine from running a cluster.
check() {
	local lacking=
	for p in containerd ctr runc etcd iptables openssl ip nsenter unshare pgrep pkill sysctl; do
		command -v $p >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v $p >/dev/null || lacking="$lacking $p"
	done
	[ -x /usr/lib/cni/bridge ] || lacking="$lacking /usr/lib/cni/bridge"
	[ -z "$lacking" ] || { echo "kube.sh: not on this machine:$lacking" >&2; return 1; }
	local said
	said=$(unshare --net --mount --pid --fork sh -c 'mount --make-rshared / && ip link add try0 type veth peer name try1 && ip link add try2 type bridge && iptables -t nat -L >/dev/null' 2>&1) ||
		{ echo "kube.sh: this machine may not make namespaces, links or rules: $said" >&2; return 1; }
	local groups=${CGROUPS:-/sys/fs/cgroup}
	[ -e "$groups/cgroup.controllers" ] || groups=$groups/memory # version 1
	said=$(mkdir "$groups/kube-try.$$" 2>&1 && rmdir "$groups/kube-try.$$" 2>&1) ||
		{ echo "kube.sh: this machine may not make control groups: $said" >&2; return 1; }
}

pki() (
  set -e; mkdir -p -m 700 $D/pki; cd $D/pki
  openssl ecparam -genkey -name prime256v1 -noout -out ca.key
  openssl req -x509 -new -key ca.key -subj /CN=ca -days 2 -out ca.crt
  openssl genrsa -out sa.key 2048 2>/dev/null; openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
  cert() { openssl ecparam -genkey -name prime256v1 -noout -out $1.key; openssl req -new -key $1.key -subj "$2" -out $1.csr
    openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile <(printf "$3\n") -out $1.crt 2>/dev/null; }
  cert apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1,IP:$IP,IP:10.96.0.1"
  cert serving /O=system:nodes/CN=system:node:$NODE "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:$NODE,IP:$IP"
  cert tokubelet /O=system:masters/CN=apiserver-kubelet extendedKeyUsage=clientAuth
  for u in admin:/O=system:masters/CN=admin kcm:/CN=system:kube-controller-manager scheduler:/CN=system:kube-scheduler kubelet:/O=system:nodes/CN=system:node:$NODE; do
    n=${u%%:*}; cert $n "${u#*:}" extendedKeyUsage=clientAuth
    printf 'apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", certificate-authority: %s/ca.crt}}]\nusers: [{name: u, user: {client-certificate: %s/%s.crt, client-key: %s/%s.key}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n' $PWD $PWD $n $PWD $n > $n.conf
  done
)
config() {
  mkdir -p $D/cni $D/log $D/kubelet $D/podlogs
  cat > $D/containerd.toml <<C
version = 2
root = "$D/containerd"
state = "${S%/*}"
[grpc]
  address = "$S"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "local/pause:1"
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  restrict_oom_score_adj = true       # this machine's root has no CAP_SYS_RESOURCE: pause's -998 is refused
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$D/cni"
C
  echo '{"cniVersion":"1.0.0","name":"pods","plugins":[{"type":"bridge","bridge":"pods0","isGateway":true,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"'$D'/ipam","ranges":[[{"subnet":"10.244.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}' > $D/cni/10-pods.conflist
  cat > $D/kubelet.yaml <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $IP
healthzBindAddress: 127.0.0.1
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
containerRuntimeEndpoint: unix://$S
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $D/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $D/pki/serving.crt
tlsPrivateKeyFile: $D/pki/serving.key
resolvConf: ""
makeIPTablesUtilChains: false
podLogsDir: $D/podlogs
volumePluginDir: $D/kubelet/plugins
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%"}
C
}
inner() { # PID 1 of the sandbox
  mount --make-rshared /; mkdir -p ${S%/*}
  # What has a fixed place on a machine is here alone: another containerd or kubelet keeps its own.
  for d in /run/containerd /var/lib/kubelet /var/lib/cni; do mkdir -p $d; mount -t tmpfs tmpfs $d; done
  ip link set lo up; ip link add host0 type veth peer name host1; ip addr add $IP/24 dev host0; ip link set host0 up; ip link set host1 up; ip route add default dev host0
  echo 1 > /proc/sys/net/ipv4/ip_forward
  run() { n=$1; shift; nice -n 19 "$@" > $D/log/$n 2>&1 & }
  P=$D/pki; conf() { echo --kubeconfig=$P/$1.conf --authentication-kubeconfig=$P/$1.conf --authorization-kubeconfig=$P/$1.conf --leader-elect=false --bind-address=127.0.0.1; }
  run containerd containerd -c $D/containerd.toml
  run etcd etcd --data-dir $D/etcd --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
  run apiserver $BIN/kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=127.0.0.1 --advertise-address=$IP --endpoint-reconciler-type=none --service-cluster-ip-range=10.96.0.0/16 \
    --client-ca-file=$P/ca.crt --tls-cert-file=$P/apiserver.crt --tls-private-key-file=$P/apiserver.key --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=$P/sa.pub --service-account-signing-key-file=$P/sa.key \
    --kubelet-client-certificate=$P/tokubelet.crt --kubelet-client-key=$P/tokubelet.key --kubelet-certificate-authority=$P/ca.crt --kubelet-preferred-address-types=InternalIP --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction
  for i in $(seq 300); do kubectl --kubeconfig $P/admin.conf get --raw /readyz >/dev/null 2>&1 && break; sleep .2; done
  run kcm $BIN/kube-controller-manager $(conf kcm) --use-service-account-credentials=true --service-account-private-key-file=$P/sa.key --root-ca-file=$P/ca.crt
  run scheduler $BIN/kube-scheduler $(conf scheduler)
  run kubelet $BIN/kubelet --config=$D/kubelet.yaml --kubeconfig=$P/kubelet.conf --root-dir=$D/kubelet --hostname-override=$NODE --node-ip=$IP
  while :; do sleep 3600 & wait $!; done
}
enter() { exec nsenter -t "$(cat $D/pid)" -n -m -p "$@"; }
case ${1:-} in
inner) inner ;;
check) check ;;
in) shift; enter "$@" ;;
k) shift; enter nice -n 19 kubectl --kubeconfig $D/pki/admin.conf "$@" ;;
image) shift; for t; do (enter ctr -a $S -n k8s.io images import "$t") >/dev/null || exit 1; done ;;
up)
  mkdir -p $D; pki && config || exit 1
  sysctl -e kernel.panic kernel.panic_on_oops vm.overcommit_memory > $D/sysctl.before
  setsid unshare --net --mount --pid --fork --kill-child --mount-proc bash "$(realpath "$0")" inner > $D/log/inner 2>&1 < /dev/null &
  for i in $(seq 100); do p=$(pgrep -P $!); [ -n "$p" ] && break; sleep .1; done; echo "$p" > $D/pid
  for i in $(seq 600); do [ -S $S ] && bash "$0" image $IMG 2>/dev/null && break; sleep .2; done
  for i in $(seq 600); do bash "$0" k get nodes 2>/dev/null | grep -q ' Ready' && bash "$0" k get sa default >/dev/null 2>&1 && exit 0; sleep .3; done
  echo "kube.sh: the node is not ready: see $D/log" >&2; exit 1 ;;
down)
  kill -9 "$(cat $D/pid)"; sleep 1; sysctl -q -p $D/sysctl.before
  for r in /sys/fs/cgroup/*/; do for c in kubepods k8s.io default; do [ -d $r$c ] && find $r$c -depth -type d -exec rmdir {} \; 2>/dev/null; done; done
  rm -rf $D ${S%/*}; rmdir /run/containerd /var/lib/kubelet /var/lib/cni 2>/dev/null; true ;;
*) sed -n 2,9p "$0"; exit 2 ;;
esac
