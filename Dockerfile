# The image for people and CI: sgidcheck with libcrypto, and Chromium, so that
# --login browser, 'sgidcheck browser' and PDF work in it. 'make oci' builds it; by
# hand, from a folder that holds the program: make build && podman build -f Dockerfile bin
# (The static image of a load's pods, without Chromium, is 'make image'.)
ARG BASE=docker.io/library/debian:bookworm-slim
FROM $BASE
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates chromium fonts-liberation libssl3 \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && echo 'sgidcheck:x:65532:' >>/etc/group \
 && echo 'sgidcheck:x:65532:65532::/tmp:/usr/sbin/nologin' >>/etc/passwd \
 && install -d -m 1777 /work
COPY --chmod=755 sgidcheck /usr/local/bin/sgidcheck
ENV HOME=/tmp
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["sgidcheck"]
