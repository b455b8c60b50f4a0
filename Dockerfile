# The image of the web process, the workers, the reaper and the migration: one image, the command tells them apart.

FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tools/build_assets.mjs tools/
COPY styles/ styles/
RUN npm run build

FROM python:3.11-slim-bookworm AS environment
# psycopg2 is built from source here, as its authors advise for production: it then uses Debian's own libpq and OpenSSL,
# which get security fixes. The version is the one that requirements.txt pins for the binary package.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libpq-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /app/.venv
WORKDIR /app
COPY requirements.txt ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
    && version=$(sed -n 's/^psycopg2-binary==\([^ ;]*\).*/\1/p' requirements.txt) \
    && .venv/bin/pip uninstall --yes psycopg2-binary \
    && .venv/bin/pip install --no-cache-dir --no-binary psycopg2 "psycopg2==$version"

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends chromium-headless-shell libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin ladder \
    && mkdir -p /app /data \
    && chown ladder: /data \
    && chmod 700 /data
WORKDIR /app
COPY --from=environment /app/.venv /app/.venv
COPY . .
COPY --from=assets /app/static/vendor /app/static/vendor
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LADDER_DATA_DIR=/data \
    LADDER_COLLECTED_STATIC=1
# Static files are compressed once, here. They lie outside of the data, which a volume covers.
RUN python tools/compile_translations.py \
    && LADDER_STATIC_ROOT=/app/static-collected LADDER_SECRET_KEY=only-to-collect-static-files \
       LADDER_DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build
ENV LADDER_STATIC_ROOT=/app/static-collected
USER ladder
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--web-only", "--host", "0.0.0.0", "--port", "8000"]
