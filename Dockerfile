# The images of the four services, one target each: public-api, private-api, consumer, launcher.
#
#   docker build --target public-api --tag inference-server/public-api:local .
#
# Node runs the TypeScript as it is, so there is nothing to compile. The layout of the workspaces and the links to them are
# kept: Node strips no types below node_modules. Nothing is downloaded when a container starts.

# The one base image.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN node scripts/image-manifests.mjs /manifests

# Not `npm ci` below, but what installs the lockfile's versions all the same: see docs/decisions/0001.
# Optional packages are left out: they are Node itself, an embedded Postgres and tools for development.

FROM ${NODE_IMAGE} AS database-client
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm install --no-save --ignore-scripts --omit=optional --workspaces=false
COPY prisma.config.ts ./
COPY prisma prisma
# Prisma wants to download an engine that `generate` never starts: any executable will do.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node CHECKPOINT_DISABLE=1 node node_modules/prisma/build/index.js generate

FROM ${NODE_IMAGE} AS public-api-files
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm install --no-save --ignore-scripts --omit=dev --omit=optional --workspace @inference/public-api
COPY apps apps
COPY packages packages
COPY scripts/fill-compile-cache.sh scripts/
# npm has linked exactly the workspaces that this service needs.
RUN mkdir /service && for link in node_modules/@inference/*; do cp -r --parents "$(realpath --relative-to . "$link")" /service; done
RUN sh scripts/fill-compile-cache.sh 59072 /compiled apps/public-api/src/main.ts

FROM ${NODE_IMAGE} AS private-api-files
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm install --no-save --ignore-scripts --omit=dev --omit=optional --workspace @inference/private-api \
  # Prisma's compilers for other databases, and its source maps, are 60 MB.
  && find node_modules/@prisma/client/runtime \( -name 'query_compiler_*' ! -name '*_small_bg.postgresql.*' -o -name '*.map' \) -delete
COPY apps apps
COPY packages packages
COPY scripts/fill-compile-cache.sh scripts/
COPY --from=database-client /app/packages/database/src/generated packages/database/src/generated
RUN mkdir /service && for link in node_modules/@inference/*; do cp -r --parents "$(realpath --relative-to . "$link")" /service; done
RUN sh scripts/fill-compile-cache.sh 59072 /compiled apps/private-api/src/main.ts packages/zips/src/check-main.ts
COPY prisma/migrations /service/prisma/migrations

FROM ${NODE_IMAGE} AS consumer-files
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm install --no-save --ignore-scripts --omit=dev --omit=optional --workspace @inference/consumer
COPY apps apps
COPY packages packages
COPY scripts/fill-compile-cache.sh scripts/
RUN mkdir /service && for link in node_modules/@inference/*; do cp -r --parents "$(realpath --relative-to . "$link")" /service; done
RUN sh scripts/fill-compile-cache.sh 59071 /compiled apps/consumer/src/main.ts apps/consumer/src/http-control-plane/renew-worker.ts

FROM ${NODE_IMAGE} AS launcher-files
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm install --no-save --ignore-scripts --omit=dev --omit=optional --workspace @inference/launcher
COPY apps apps
COPY packages packages
COPY scripts/fill-compile-cache.sh scripts/
RUN mkdir /service && for link in node_modules/@inference/*; do cp -r --parents "$(realpath --relative-to . "$link")" /service; done
RUN sh scripts/fill-compile-cache.sh 59071 /compiled apps/launcher/src/main.ts

# What the images have in common. Their files belong to root: a service cannot change its own program.
FROM ${NODE_IMAGE} AS service
ARG VERSION=0.1.0
LABEL org.opencontainers.image.description="InferenceServer, a self-hosted platform for running containerised models: zip in, zip out." \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production HOME=/tmp
WORKDIR /app
COPY package.json ./
COPY scripts/check-health.sh scripts/
STOPSIGNAL SIGTERM
# Whether the process lives; whether it is ready to serve is asked by docker-compose.yaml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["bash", "scripts/check-health.sh", "/livez"]
# See scripts/run.mjs. Node keeps what one user compiles apart from others, and cannot write here.
ENV NODE_COMPILE_CACHE=/app/.compiled
# Node is the first process, so it gets the signals. What the flag does: see scripts/run.mjs.
ENTRYPOINT ["node", "--max-semi-space-size=1"]

FROM service AS public-api
LABEL org.opencontainers.image.title="InferenceServer public-api"
COPY --from=public-api-files /app/node_modules node_modules
COPY --from=public-api-files /service ./
COPY --from=public-api-files /compiled .compiled
ENV PORT=7420
EXPOSE 7420
USER 59072:59072
CMD ["apps/public-api/src/main.ts"]

FROM service AS private-api
LABEL org.opencontainers.image.title="InferenceServer private-api"
COPY --from=private-api-files /app/node_modules node_modules
COPY --from=private-api-files /service ./
COPY --from=private-api-files /compiled .compiled
# A new volume takes its owner from here.
RUN install -d -o 59072 -g 59072 -m 0700 /var/lib/inference/files
ENV PORT=7421 FILES_DIR=/var/lib/inference/files
EXPOSE 7421
USER 59072:59072
CMD ["apps/private-api/src/main.ts"]

# Models run as this user, too: so a consumer can remove what they write. The other services have another one.
FROM service AS consumer
LABEL org.opencontainers.image.title="InferenceServer consumer"
COPY --from=consumer-files /app/node_modules node_modules
COPY --from=consumer-files /service ./
COPY --from=consumer-files /compiled .compiled
# A new volume for the launcher's socket takes its owner from here, or from the same folder of the launcher.
RUN install -d -o 59071 -g 59071 -m 0700 /run/inference-launcher
ENV PORT=7422
EXPOSE 7422
USER 59071:59071
CMD ["apps/consumer/src/main.ts"]

# The same user as the consumer: it lets the other use its socket, and looks into its work folder.
FROM service AS launcher
LABEL org.opencontainers.image.title="InferenceServer launcher"
COPY --from=launcher-files /app/node_modules node_modules
COPY --from=launcher-files /service ./
COPY --from=launcher-files /compiled .compiled
RUN install -d -o 59071 -g 59071 -m 0700 /run/inference-launcher
ENV PORT=7423 LAUNCHER_SOCKET=/run/inference-launcher/launcher.sock
USER 59071:59071
CMD ["apps/launcher/src/main.ts"]
