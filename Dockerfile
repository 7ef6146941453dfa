# Fairlead's container image: Debian's HAProxy, our package, and the Node 24 it brings; docs/docker.md says how to use it.
FROM debian:bookworm-slim AS npm
RUN apt-get update && apt-get install --yes --no-install-recommends npm

FROM npm AS build
WORKDIR /opt/fairlead
COPY package.json package-lock.json .npmrc LICENSE README.md ./
COPY bin bin
COPY docker docker
COPY scripts/build.mjs scripts/build.mjs
COPY src src
# One step: what only builds (compiler, header files, sources) is never stored.
RUN npm ci --ignore-scripts --loglevel=error \
 && npm run --silent build \
 && npm prune --omit=dev --ignore-scripts --loglevel=error \
 && rm -rf node_modules/.cache node_modules/node-linux-*/include node_modules/node-linux-*/share \
 && find node_modules -type d -empty -delete \
 && rm -rf src scripts package-lock.json .npmrc ~/.npm

FROM debian:bookworm-slim
# tini is the first process: it passes signals on to the daemon and reaps what HAProxy leaves behind.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends haproxy tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log \
 && ln -s /opt/fairlead/bin/fairlead /opt/fairlead/bin/agentmetal /usr/local/bin/
COPY --from=build /opt/fairlead /opt/fairlead

LABEL org.opencontainers.image.title="Fairlead" \
      org.opencontainers.image.description="A load balancer that follows containers by their labels and drives HAProxy" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.base.name="debian:bookworm-slim"

# No TCP port of our own, so that --net host leaves 8080 to a service; a stop that ends within docker's ten seconds;
# lines for a person in `docker logs`; a template that is mounted there is followed.
ENV FAIRLEAD_API=none \
    FAIRLEAD_DRAIN_TIMEOUT=7s \
    FAIRLEAD_LOG_FORMAT=text \
    FAIRLEAD_HAPROXY_TEMPLATE=/haproxy.tmpl

# Root: to open Docker's socket and ports below 1024, and to hand HAProxy's workers to the user haproxy.
USER root
VOLUME /var/lib/fairlead
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["sh", "-c", "exec /opt/fairlead/node_modules/node-linux-*/bin/node /opt/fairlead/docker/healthcheck.mjs"]
ENTRYPOINT ["tini", "--", "fairlead"]
CMD ["up", "--source", "docker"]
