# The image of IntelligentSocketDatalogger. Everything the program writes goes to files/ and /tmp,
# so it runs with a read-only root file system.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock /build/
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install --require-hashes -r /build/requirements.lock
COPY main.py /build/app/
COPY source/ /build/app/source/
# Compiled here, because nothing can be written next to the code later on.
RUN python -m compileall -q --invalidation-mode unchecked-hash /build/app/source

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PUID=1000 \
    PGID=1000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /user/app/IntelligentSocketDatalogger
COPY --from=build /opt/venv /opt/venv
COPY --from=build /build/app/ ./
COPY docker/entrypoint.py docker/
COPY files/ docker/default-files/
# A new named volume takes over this owner, which is what `--user 1000:1000` needs.
RUN install -d -o 1000 -g 1000 files
# The page listens on the loopback address unless WEB_HOST says otherwise, as the compose files do.
EXPOSE 8080
VOLUME /user/app/IntelligentSocketDatalogger/files/
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "main.py", "health"]
# Starts as root only to hand files/ to PUID:PGID; the program itself never is root.
ENTRYPOINT ["python", "-I", "docker/entrypoint.py"]
CMD ["python", "main.py"]
