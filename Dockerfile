# Where no base image can be pulled, BASE takes any image with Node 20.19 or later.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /cain
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --ignore-scripts
COPY . .
RUN node scripts/build.mjs

FROM ${BASE}
LABEL org.opencontainers.image.title="cain" \
      org.opencontainers.image.description="Backup and restore for Apache Cassandra on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /cain/dist /opt/cain
RUN ln -s /opt/cain/cain.js /usr/local/bin/cain
ENV NODE_ENV=production
# Numeric, so that runAsNonRoot can be checked.
USER 1001:1001
# The program heeds SIGTERM itself and starts no children, so it needs no init.
ENTRYPOINT ["cain"]
