FROM python:3.11-slim-bookworm
WORKDIR /app
ENV PYTHONUNBUFFERED=1 VAR_DIR=/var/lib/kindred
COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt
COPY . .
RUN useradd --system --home-dir "$VAR_DIR" --create-home kindred
USER kindred
VOLUME /var/lib/kindred
EXPOSE 8000
CMD ["sh", "-c", "python manage.py migrate --noinput && exec python manage.py serve --host 0.0.0.0 --no-worker"]
