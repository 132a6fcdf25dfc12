# docker build --build-arg VERSION=1.0.0-alpha.0 --build-arg REVISION="$(git rev-parse HEAD)" --tag cain:1.0.0-alpha.0 .
# Where no base image can be pulled, BASE takes any image with Node 20.19 or later and npm.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /cain
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: npm 11's finds no packages of other platforms in a lock file that names no registry.
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY scripts ./scripts
COPY src ./src
# One tree with one time, so that the same sources make the same layer.
RUN node scripts/build.mjs \
 && mkdir -p /image/opt /image/usr/local/bin \
 && mv dist /image/opt/cain \
 && ln -s /opt/cain/cain.js /image/usr/local/bin/cain \
 && find /image -exec touch --no-dereference --date=@0 {} +

FROM ${BASE}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cain" \
      org.opencontainers.image.description="Backup and restore for Apache Cassandra on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
ENV NODE_ENV=production
# V8's room for what is young: 12 MiB in place of 48, which Cain's small garbage would fill for nothing.
ENV NODE_OPTIONS=--max-semi-space-size=4
# glibc gives each thread memory of its own, of which each of Node's ten keeps a little.
ENV MALLOC_ARENA_MAX=2
# Numeric, so that runAsNonRoot can be checked.
USER 1001:1001
# The program heeds SIGTERM itself and starts no children, so it needs no init.
ENTRYPOINT ["cain"]
