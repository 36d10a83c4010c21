FROM python:3.11-slim-bookworm AS app
# What WeasyPrint loads, and fonts with all Vietnamese letters.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
COPY scripts/constraints.txt scripts/
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PAR_INDEX_DATA_DIR=/data PAR_INDEX_STATIC_DIR=/app/collected
RUN python scripts/messages.py compile && python manage.py collectstatic --no-input
RUN useradd --system --uid 10001 --home-dir /data portal && install -d -o portal -g portal /data /data/files
USER portal
VOLUME /data
ENV PAR_INDEX_MODE=production
CMD ["gunicorn", "par_index.wsgi:application", "--workers", "3"]

# The server in front carries the static files of the same build, so that both are replaced together.
FROM nginxinc/nginx-unprivileged:1.28-alpine AS proxy
COPY --from=app /app/collected /srv/static
COPY scripts/nginx.conf.template /etc/nginx/templates/default.conf.template
