"""How gunicorn starts a web process: `gunicorn --config python:config.gunicorn config.wsgi`."""


def post_worker_init(worker) -> None:
    # After the fork: threads and the locks that they hold would not survive it.
    from recommender.storefront.warming import warm_in_background

    warm_in_background()
