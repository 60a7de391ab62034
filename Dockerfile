# One image for web, worker, beat and migrations. Nothing is compiled; every package is checked against its hash.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/srv/static

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin huicheng \
    && install -d -o huicheng -g huicheng /data /srv/static
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
USER huicheng
# Only names and files are needed here; the secrets of this step are thrown away with its folder.
RUN DEMO=1 DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build

VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "huicheng_credit.wsgi"]
