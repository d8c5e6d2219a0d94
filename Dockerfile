# The image for all platforms:  docker buildx build --platform linux/amd64,linux/arm64 --push -t NAME .
# What is in it is told in one place, scripts/image-rootfs.ts; `npm run image` makes the same without Docker.

# On the builder's own machine: nothing of the other platform is run, its files are only put together.
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
ARG TARGETARCH
ARG KUBE_EVENTER_COMMIT
ARG SOURCE_DATE_EPOCH
RUN npm run image -- --arch=$TARGETARCH --rootfs=/rootfs

FROM scratch
COPY --from=build /rootfs/system /
COPY --from=build /rootfs/node /
COPY --from=build /rootfs/program /
COPY --from=build --chown=1000:1000 /rootfs/state /
# As deploy/image/config.json; a test holds them together.
ENV PATH=/usr/bin
ENV TZ=Asia/Shanghai
ENV NODE_OPTIONS=--max-old-space-size=80
ENV MALLOC_ARENA_MAX=2
LABEL org.opencontainers.image.title="kube-eventer"
LABEL org.opencontainers.image.description="Watches Kubernetes events and delivers each of them, at least once"
LABEL org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /
EXPOSE 8084/tcp
USER 1000:1000
ENTRYPOINT ["/kube-eventer"]
