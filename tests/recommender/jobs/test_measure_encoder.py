"""The command that measures forms of an encoder; the measuring itself has tests beside it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from recommender.artifacts import verify
from recommender.models import Artifact
from tests.recommender.language.conftest import write_tiny_model

from .conftest import encoder_artifact


def test_forms_of_an_encoder_are_measured_and_one_is_kept(films, monkeypatch, capsys):
    asked = {}

    def measured(encoder, corpus, folder, *, report, **options):
        asked.update(options, texts=len(corpus.items), name=encoder.name)
        report("time", 0.5)
        row = {"bytes": 2_000_000, "dimensions": 16, "texts_per_second": 9.0, "one_text_ms": 1.0, "questions": 0}
        row |= dict.fromkeys(("cosine", "ndcg@10", "ndcg_lost", "ndcg_lost_at_most"))
        whole = write_tiny_model(folder / "float32", seed=1)
        return [{**row, "variant": name, "folder": str(whole)} for name in ("float32", "onnx-int8")]

    monkeypatch.setattr("recommender.language.measure.measure_variants", measured)
    student = encoder_artifact(films, seed=6)
    call_command("measure_encoder", "cinema", "--student", str(student.pk), "--items", "5", "--pick", "float32",
                 "--adapter", "somewhere/My LoRA")  # fmt: skip
    assert (asked["items"], asked["texts"], asked["students"]) == (5, 6, {str(student.pk): student.path})
    assert asked["adapters"] == {"my-lora": Path("somewhere/My LoRA")}
    kept = Artifact.objects.get(algorithm="float32")
    assert f"manage.py embed cinema --encoder {kept.pk}" in capsys.readouterr().out
    assert not (settings.VAR_DIR / "cache" / "variants" / "cinema").exists()
    assert verify(kept.path)


def test_a_form_for_the_web_process_alone_is_not_kept(films, monkeypatch):
    rows = [{"variant": "onnx-int8", "folder": "", "questions": 0, "bytes": 1, "dimensions": 1}]
    rows[0] |= {"texts_per_second": 1.0, "one_text_ms": 1.0}
    rows[0] |= dict.fromkeys(("cosine", "ndcg@10", "ndcg_lost", "ndcg_lost_at_most"))
    monkeypatch.setattr("recommender.language.measure.measure_variants", lambda *arguments, **options: rows)
    with pytest.raises(CommandError, match="no form 'onnx-int8' to keep"):
        call_command("measure_encoder", "cinema", "--pick", "onnx-int8")
    with pytest.raises(CommandError, match="has no text encoder 99"):
        call_command("measure_encoder", "cinema", "--encoder", "99")
