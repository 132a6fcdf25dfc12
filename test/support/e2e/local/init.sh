#!/bin/bash
# Pid 1 of the sandbox in which Kubernetes runs: with it everything ends. Its arguments: the folder of the run, the
# folder of the binaries, and the addresses.
set -u
dir=$1 bin=$2 node=$3 node_address=$4 services=$5
cd "$dir"

# Private from the machine since unshare; shared inside, as the kubelet wants its mounts.
mount --make-rshared /
ip link set lo up
# A veth: not every kernel has a dummy device.
ip link add node0 type veth peer name node0p
ip link set node0p up
ip addr add "$node_address/24" dev node0
ip link set node0 up
ip route add default via "${node_address%.*}.1" dev node0
hostname "$node"
echo 1 > /proc/sys/net/ipv4/ip_forward
# The kubelet would set these for the whole machine: it is shown the values that it wants.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$dir/sysctl.$(echo "${setting%=*}" | tr / .)
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done
# Where the provisioner of the controller manager puts volumes, whatever it is told.
mkdir -p /tmp/hostpath_pv "$dir/volumes"
mount --bind "$dir/volumes" /tmp/hostpath_pv

mkdir -p logs
# keep NAME COMMAND…: starts it again when it ends, as a node's service manager would.
keep() {
  local name=$1
  shift
  while :; do
    "$@" >> "logs/$name.log" 2>&1 < /dev/null
    echo "== $name ended with $?" >> "logs/$name.log"
    sleep 1
  done &
}

certificates=$dir/certificates
kubeconfig=$dir/admin.kubeconfig
asking=(--kubeconfig="$kubeconfig" --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig")

keep containerd containerd --config "$dir/containerd.toml" --log-level info
keep etcd "$bin/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync --log-level warn \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380
keep kube-apiserver "$bin/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 \
  --bind-address=0.0.0.0 --advertise-address="$node_address" --service-cluster-ip-range="$services" \
  --audit-policy-file="$dir/audit-policy.yaml" --audit-log-path="$dir/logs/audit.log" \
  --authorization-mode=RBAC --allow-privileged=true --profiling=false --client-ca-file="$certificates/ca.crt" \
  --tls-cert-file="$certificates/server.crt" --tls-private-key-file="$certificates/server.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$certificates/service-accounts.pub" \
  --service-account-signing-key-file="$certificates/service-accounts.key" \
  --kubelet-client-certificate="$certificates/admin.crt" --kubelet-client-key="$certificates/admin.key" \
  --kubelet-certificate-authority="$certificates/ca.crt" --kubelet-preferred-address-types=InternalIP
keep kube-controller-manager "$bin/kube-controller-manager" "${asking[@]}" --bind-address=127.0.0.1 \
  --leader-elect=false --use-service-account-credentials --root-ca-file="$certificates/ca.crt" \
  --service-account-private-key-file="$certificates/service-accounts.key" --enable-hostpath-provisioner=true
keep kube-scheduler "$bin/kube-scheduler" "${asking[@]}" --bind-address=127.0.0.1 --leader-elect=false
keep kubelet "$bin/kubelet" --config="$dir/kubelet.yaml" --kubeconfig="$kubeconfig" --hostname-override="$node" \
  --node-ip="$node_address" --root-dir="$dir/kubelet" --cert-dir="$dir/kubelet-certificates"
keep kube-proxy "$bin/kube-proxy" --config="$dir/proxy.yaml"
keep coredns "$bin/coredns" -conf "$dir/Corefile"

# bash reaps the orphans of every pod while it waits.
wait
