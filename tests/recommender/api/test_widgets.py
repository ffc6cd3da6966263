import gzip

SHELF = "/widgets/shelf.js"


def test_any_site_may_load_the_shelf_and_keep_it_for_an_hour(client):
    response = client.get(SHELF)
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.get(SHELF, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_the_shelf_is_small_and_needs_nothing_else(client):
    script = client.get(SHELF).content
    assert len(script) < 8192
    assert len(gzip.compress(script)) < 4096
    assert b"import" not in script and b"innerHTML" not in script and b"document.cookie" not in script
