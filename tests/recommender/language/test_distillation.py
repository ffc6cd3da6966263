import numpy as np
import pytest
import torch

from recommender.contracts import Cancelled, EventView, FitOptions
from recommender.data import Items
from recommender.language.corpus import Corpus, Event
from recommender.language.distillation import Distillation, DistillationConfig, _student
from recommender.language.encoder import load_encoder
from recommender.language.task import TaskError

from .conftest import VOCABULARY, write_tiny_model

WORDS = VOCABULARY[4:]
TEXTS = [f"{a} {b} {c}" for a in WORDS for b in WORDS[:4] for c in WORDS[:2]]
EVENTS = [Event(0, 1.0, 0.0, EventView("like", "tea of tea")), Event(1, 1.0, 1.0, EventView("like", "film film film"))]
CORPUS = Corpus(
    Items(ids=np.arange(len(TEXTS)), texts=TEXTS), [EVENTS], lambda views, language: " ".join(v.title for v in views)
)


def task(folder, **settings):
    settings = {"layers": 1, "epochs": 4, "batch_size": 8, "learning_rate": 3e-3, "validation": 0.2, **settings}
    return Distillation(DistillationConfig(base=str(folder), **settings))


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    teacher = load_encoder(str(write_tiny_model(tmp_path_factory.mktemp("tiny"))), device="cpu")
    with torch.no_grad():  # as they are made, weights are so small that no layer changes anything
        for name, weight in teacher.model.named_parameters():
            if "dense.weight" in name:
                weight.mul_(20)
    base, folder = tmp_path_factory.mktemp("teacher"), tmp_path_factory.mktemp("student")
    teacher.save(base)
    return base, folder, task(base).run(CORPUS, folder, FitOptions(seed=1))


def test_the_student_points_where_the_teacher_does_better_than_before(taught):
    _, _, figures = taught
    assert figures["after"]["cosine"] > figures["before"]["cosine"]
    assert figures["after"]["cosine"] > 0.9


def test_the_student_is_an_encoder_of_fewer_layers_that_reads_as_much(taught):
    teacher, folder, figures = taught
    student, whole = load_encoder(str(folder), device="cpu"), load_encoder(str(teacher), device="cpu")
    assert student.model.config.num_hidden_layers == figures["student"]["layers"] == 1
    assert (student.dimensions, student.max_length) == (whole.dimensions, whole.max_length)
    assert figures["student"]["bytes"] < figures["teacher"]["bytes"]


def test_what_is_saved_is_what_was_validated(taught):
    teacher, folder, figures = taught
    student, whole = load_encoder(str(folder), device="cpu"), load_encoder(str(teacher), device="cpu")
    cosines = (student.encode(TEXTS) * whole.encode(TEXTS)).sum(axis=1)
    assert cosines.mean() == pytest.approx(figures["after"]["cosine"], abs=0.05)
    assert figures["student"]["fingerprint"] == student.fingerprint != whole.fingerprint


def test_the_first_and_the_last_layer_are_among_those_kept(tmp_path):
    from transformers import BertConfig, BertModel

    folder = write_tiny_model(tmp_path / "deep")
    deep = load_encoder(str(folder), device="cpu")
    deep.model = BertModel(BertConfig(**{**deep.model.config.to_dict(), "num_hidden_layers": 5})).eval()
    student = _student(deep, 3)
    for kept, there in zip(student.model.encoder.layer, (0, 2, 4), strict=True):
        torch.testing.assert_close(kept.output.dense.weight, deep.model.encoder.layer[there].output.dense.weight)


def test_an_interrupted_run_goes_on_to_the_same_student(taught, tmp_path):
    teacher, folder, _ = taught
    for name in ("student", "checkpoint"):
        (tmp_path / name).mkdir()
    asked = iter([False] * 12 + [True])
    options = FitOptions(seed=1, checkpoint=tmp_path / "checkpoint", cancelled=lambda: next(asked, True))
    with pytest.raises(Cancelled):
        task(teacher).run(CORPUS, tmp_path / "student", options)
    assert not any((tmp_path / "student").iterdir())
    task(teacher).run(CORPUS, tmp_path / "student", FitOptions(seed=1, checkpoint=tmp_path / "checkpoint"))
    np.testing.assert_allclose(
        load_encoder(str(tmp_path / "student"), device="cpu").encode(TEXTS),
        load_encoder(str(folder), device="cpu").encode(TEXTS),
        atol=1e-5,
    )


def test_a_student_with_as_many_layers_is_refused(tiny_folder, tmp_path):
    with pytest.raises(TaskError, match="2 layers; a student needs fewer"):
        task(tiny_folder, layers=2).run(CORPUS, tmp_path, FitOptions())


def test_too_few_texts_are_refused(tiny_folder, tmp_path):
    corpus = Corpus(Items(ids=np.arange(2), texts=["tea", "tea"]), [], lambda views, language: "")
    with pytest.raises(TaskError, match="1 different texts"):
        task(tiny_folder).run(corpus, tmp_path, FitOptions())


def test_settings_go_through_json():
    settings = task("folder").settings()
    assert Distillation.configure(settings) == task("folder").config
    with pytest.raises(ValueError, match="no setting teacher"):
        Distillation.configure({"teacher": "x"})
