# The bot as an image: nothing is compiled or fetched beyond requirements.lock, nothing runs as root, only /data is written.

FROM python:3.13-slim AS build

WORKDIR /app
COPY requirements.lock ./
# Only wheels with the hashes of the lock; the environment itself gets no pip.
RUN python -m venv --without-pip /opt/daywatch \
    && python -m pip --python /opt/daywatch/bin/python install \
        --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --no-compile --no-deps --only-binary=:all: --require-hashes -r requirements.lock
COPY bot ./bot
COPY runbooks ./runbooks
COPY LICENSE ./
# `daywatch` on the path, and everything compiled once: a read-only root cannot keep what Python compiles.
RUN printf '#!/opt/daywatch/bin/python\nfrom bot.__main__ import main\n\nmain()\n' > /opt/daywatch/bin/daywatch \
    && chmod 755 /opt/daywatch/bin/daywatch \
    && /opt/daywatch/bin/python -c 'import pathlib, sysconfig; \
pathlib.Path(sysconfig.get_path("purelib"), "daywatch.pth").write_text("/app\n")' \
    && /opt/daywatch/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/daywatch/lib /app/bot \
    && chmod -R a+rX,go-w /app /opt/daywatch


FROM python:3.13-slim

LABEL org.opencontainers.image.title="Daywatch" \
      org.opencontainers.image.description="A self-hosted ChatOps bot for on-call teams" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

# No pip here; a user of its own; its folder.
RUN python -m pip uninstall --quiet --yes --root-user-action=ignore pip \
    && rm -rf /usr/local/lib/python3*/ensurepip \
    && groupadd --gid 10001 daywatch \
    && useradd --uid 10001 --gid daywatch --home-dir /data --no-create-home --no-log-init \
        --shell /usr/sbin/nologin daywatch \
    && install --directory --owner=daywatch --group=daywatch --mode=0750 /data

COPY --from=build /opt/daywatch /opt/daywatch
COPY --from=build /app /app

ENV PATH=/opt/daywatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DAYWATCH_DATA_DIR=/data \
    DAYWATCH_HOST=0.0.0.0 \
    DAYWATCH_PORT=8080 \
    DAYWATCH_LOG_FORMAT=json \
    DAYWATCH_REQUIRE_SLACK=1

WORKDIR /app
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['DAYWATCH_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["daywatch"]
CMD ["serve"]
