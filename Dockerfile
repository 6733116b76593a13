# One image for web, worker and clock; compose.yaml says which it is.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PROTOCOLTRACKER_HOME=/srv/data
WORKDIR /srv/app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
RUN useradd --system --uid 10001 tracker \
    && install -d -o tracker -g tracker -m 700 /srv/data
USER tracker
# Collecting the pages' files asks no service: these values only keep the settings from looking for local ones.
RUN DATABASE_URL=postgres://none/none CELERY_BROKER_URL=redis://none SECRET_KEY=none \
    python manage.py collectstatic --no-input

EXPOSE 8000
CMD ["gunicorn", "--bind=0.0.0.0:8000", "protocoltracker.wsgi:application"]
