"""What workers wrote into rows, read in another language."""

from __future__ import annotations

from django.utils.translation import override

from recommender.admin.stored_words import stored_words


def test_what_a_worker_wrote_is_read_in_the_readers_language():
    with override("zh-hans"):
        assert stored_words("Stopped on request.") == "已按要求停止。"
        said = stored_words("0 old rows and 2 folders of checkpoints were deleted.")
        assert "2" in said and "folders" not in said
        assert "12" in stored_words("Run 12, as asked when it was started.")
        assert "vector" not in stored_words("1,204 items were given a vector.")


def test_what_an_operator_wrote_stays_as_it_is():
    with override("zh-hans"):
        assert stored_words("Because the old one was slow.") == "Because the old one was slow."
